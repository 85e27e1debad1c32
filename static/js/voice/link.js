// One RTCPeerConnection between two legs, with sound both ways; to a listener it goes one way only ("sendonly" at the hub,
// "recvonly" at the listener): then the side that receives nothing judges the line by its connection alone.
//
// No glare: the server names the caller, only the caller makes offers. An audio transceiver "sendrecv" is always there, so
// mute, hold and mixing only swap the outgoing track and never renegotiate. "Nothing to send" sends silence, not nothing:
// the watchdog takes missing packets for a lost line. Messages of an older epoch (before a reload) are dropped.

import { silentTrack } from "./audiocontext.js";
import { measure, quality } from "./linkstats.js";

const TIMING = {
  poll: 250, // ms between looks at the statistics
  lostAfter: 2000, // no packet for so long means lost
  quietUp: 3000, // packets without audible energy for so long also count as up
  restarts: [2000, 5000, 10000], // ICE restarts, ms after the loss
  giveUp: 8000, // never up, or still lost so long after the last restart: failed
  resend: 3000, // an unanswered offer is sent again: a message may be lost while a socket reconnects
};
const BATCH_MS = 50;
const EARLY_MAX = 40;
const BATCH_MAX = 20; // the server refuses more candidates in one message

export class Link {
  #pc;
  #role;
  #direction;
  #report;
  #sender = null;
  #outgoing = null;
  #chain = Promise.resolve(); // descriptions and candidates are handled strictly one after the other
  #early = []; // candidates that came before their description
  #batch = [];
  #batchTimer = null;
  #timer = null;
  #timing;
  #opened = performance.now();
  #offeredAt = 0;
  #last = null; // last measurement
  #firstPacketAt = 0;
  #lastPacketAt = 0;
  #lostAt = 0;
  #restarts = 0;

  /**
   * send(type, payload): to the other leg, type "desc" {type, sdp} or "cand" {candidates}.
   * onState(state, info): state "connecting", "up", "lost", "failed" or "closed"; info = stats(), plus `reason` on "failed".
   * "failed" is a report, not the end: a line that comes back is "up" again. Only close() ends a link.
   */
  constructor({ id, epoch, role, direction = "sendrecv", iceServers = [], relayOnly = false, send, onState, onRemote, timing = {} }) {
    this.id = id;
    this.epoch = epoch;
    this.state = "new";
    this.#role = role;
    this.#direction = direction;
    this.#timing = { ...TIMING, ...timing };
    this.#report = onState;
    this.send = send;
    this.#pc = new RTCPeerConnection({ iceServers, iceTransportPolicy: relayOnly ? "relay" : "all" });
    this.#pc.onicecandidate = ({ candidate }) => candidate && this.#collect(candidate);
    this.#pc.ontrack = ({ track }) => direction !== "sendonly" && onRemote(new MediaStream([track]));
    this.#pc.onconnectionstatechange = () => this.#connectionChanged();
    this.#timer = setInterval(() => this.#look(), this.#timing.poll);
    this.#enter("connecting");
    if (role === "caller") {
      this.#sender = this.#pc.addTransceiver("audio", { direction }).sender;
      this.#applyOutgoing();
      this.#enqueue(() => this.#offer());
    }
  }

  /** Takes a message of the other leg. Another epoch than this link's own is dropped: false. */
  receive(type, payload, epoch = this.epoch) {
    if (epoch !== this.epoch || this.state === "closed") return false;
    if (type === "desc") this.#enqueue(() => this.#description(payload));
    else if (type === "cand") this.#enqueue(() => this.#candidates(payload.candidates));
    return true;
  }

  /** Sends this track from now on; null sends silence. */
  setOutgoing(track) {
    if (this.#outgoing === track && this.#sender) return;
    this.#outgoing = track;
    this.#applyOutgoing();
  }

  /** {epoch, packets, energy, rtt (s), jitter (s), loss (0..1), bars} as last measured. */
  stats() {
    const { packets = 0, energy = 0, rtt = null, jitter = 0, loss = 0 } = this.#last ?? {};
    return { epoch: this.epoch, packets, energy, rtt, jitter, loss, bars: this.quality() };
  }

  /** 0 (no line) to 4 (good) bars. */
  quality() {
    return this.state === "up" ? quality(this.#last) : 0;
  }

  /** Looks for a new path between the same two legs. Only the caller can: the other side is asked by its own watchdog. */
  restartIce() {
    if (this.#role !== "caller") return;
    this.#enqueue(() => this.#offer({ iceRestart: true }));
  }

  close() {
    if (this.state === "closed") return;
    clearInterval(this.#timer);
    clearTimeout(this.#batchTimer);
    this.#pc.close();
    this.#enter("closed");
  }

  #enter(state, extra = {}) {
    if (this.state === state) return;
    this.state = state;
    this.#report(state, { ...this.stats(), ...extra });
  }

  #enqueue(step) {
    this.#chain = this.#chain.then(step).catch((error) => {
      // A page that goes away, or a peer that restarted meanwhile: the watchdog repairs what matters
      if (this.state !== "closed") console.warn(`voice link ${this.id}:`, error);
    });
  }

  #applyOutgoing() {
    if (!this.#sender || this.state === "closed" || this.#direction === "recvonly") return;
    const track = this.#outgoing ?? silentTrack();
    this.#sender.replaceTrack(track).catch((error) => console.warn(`voice link ${this.id}:`, error));
  }

  async #offer(options) {
    if (this.#pc.signalingState === "closed") return;
    // An offer nobody answered: the same one again, now with the candidates found so far. Nothing may be made anew on top.
    if (this.#pc.signalingState === "stable") await this.#pc.setLocalDescription(await this.#pc.createOffer(options));
    this.#sendLocal();
  }

  #sendLocal() {
    const { type, sdp } = this.#pc.localDescription;
    this.#offeredAt = performance.now();
    this.send("desc", { type, sdp });
  }

  async #description({ type, sdp }) {
    if (type === "answer") {
      if (this.#pc.signalingState !== "have-local-offer") return; // second answer to an offer sent twice
      await this.#pc.setRemoteDescription({ type, sdp });
    } else if (this.#role === "callee") {
      await this.#pc.setRemoteDescription({ type, sdp });
      const [transceiver] = this.#pc.getTransceivers();
      transceiver.direction = this.#direction;
      this.#sender = transceiver.sender;
      this.#applyOutgoing();
      await this.#pc.setLocalDescription(await this.#pc.createAnswer());
      this.#sendLocal();
    }
    await this.#candidates(this.#early.splice(0));
  }

  async #candidates(candidates) {
    if (!this.#pc.remoteDescription) {
      this.#early.push(...candidates);
      return;
    }
    for (const candidate of candidates) {
      // One unusable candidate must not stop the others; it may belong to a description that is still on its way
      await this.#pc.addIceCandidate(candidate).catch(() => this.#early.push(candidate));
    }
    this.#early = this.#early.slice(-EARLY_MAX);
  }

  #collect(candidate) {
    this.#batch.push(candidate.toJSON());
    if (this.#batch.length >= BATCH_MAX) this.#flush();
    else this.#batchTimer ??= setTimeout(() => this.#flush(), BATCH_MS);
  }

  #flush() {
    clearTimeout(this.#batchTimer);
    this.#batchTimer = null;
    if (this.#batch.length) this.send("cand", { candidates: this.#batch.splice(0) });
  }

  #connectionChanged() {
    const { connectionState } = this.#pc;
    if ((connectionState === "disconnected" || connectionState === "failed") && this.state === "up") this.#lose();
  }

  #lose() {
    this.#lostAt = performance.now();
    this.#restarts = 0;
    this.#firstPacketAt = 0;
    this.#enter("lost");
  }

  async #look() {
    const now = performance.now();
    const seen = await measure(this.#pc, this.#last);
    if (this.state === "closed") return;
    const sendsOnly = this.#direction === "sendonly";
    const flowing = sendsOnly || seen.packets > (this.#last?.packets ?? 0);
    const audible = seen.energy > (this.#last?.energy ?? 0) + 1e-9;
    this.#last = seen;
    // Packets alone don't prove a line: when only one direction broke, ICE says so
    if (flowing && this.#pc.connectionState === "connected") {
      this.#lastPacketAt = now;
      this.#firstPacketAt ||= now;
      if (this.state !== "up" && (audible || sendsOnly || now - this.#firstPacketAt >= this.#timing.quietUp)) {
        this.#lostAt = 0;
        this.#enter("up");
      }
    } else if (this.state === "up" && now - this.#lastPacketAt >= this.#timing.lostAfter) {
      this.#lose();
    }
    this.#repair(now);
  }

  #repair(now) {
    const { resend, restarts, giveUp } = this.#timing;
    const unanswered = this.#pc.signalingState === "have-local-offer";
    if (unanswered && now - this.#offeredAt >= resend) this.#enqueue(() => this.#offer());
    if (this.state === "connecting" && now - this.#opened >= giveUp) {
      this.#lostAt = now; // from here on the same repairs as for a line that was lost
      this.#enter("failed", { reason: "never up" });
    }
    if (!this.#lostAt || this.state === "up") return;
    if (this.#restarts < restarts.length && now - this.#lostAt >= restarts[this.#restarts]) {
      this.#restarts += 1;
      this.restartIce();
    }
    if (now - this.#lostAt >= restarts.at(-1) + giveUp) this.#enter("failed", { reason: "lost" });
  }
}
