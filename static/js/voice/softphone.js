// The telephone of a signed-in person: agent (the hub of the call), consultee or supervisor.
//
// ---------------------------------------------------------------- contract for the pages that use the voice modules
// The server owns the call, a page owns only sound. A page passes two things in and gets calls back:
//
//   import { Softphone } from "/static/js/voice/softphone.js";        // desk: agent, consultee, supervisor
//   import { CustomerPhone } from "/static/js/voice/customerphone.js"; // caller's page: same methods, see there
//   import { unlockAudio } from "/static/js/voice/audiocontext.js";   // -> Promise<bool>; call it in a click
//   import { MicrophoneError, measureLevel, listInputs, listOutputs } from "/static/js/voice/microphone.js";
//   import { startRing } from "/static/js/voice/ring.js";             // startRing({sinkIds, volume}) -> stop()
//
//   const phone = new Softphone({
//     send(linkId, epoch, type, payload) {},   // pass to the other leg: type "desc" | "cand", payload as it is
//     onLinkState(linkId, state, stats) {},    // "connecting" | "up" | "lost" | "failed" | "closed"; report up/lost/failed
//     onQuality(linkId, stats) {},             // every 2 s while up: {epoch, packets, energy, rtt, jitter, loss, bars 0..4}
//     onBlocked(retry) {},                     // sound refused before a click: show a banner, its button calls retry()
//     onMicrophone(kind) {},                   // it ended in the call (unplugged) and no other could be opened: MicrophoneError kind
//   });
//   await phone.prepare({deviceId});           // opens the microphone; throws MicrophoneError (kind: denied | missing |
//                                              // busy | insecure | other). Before going Available. Twice is harmless.
//   phone.microphone                           // {stream, track, source} or null; measureLevel(stream, cb) -> stop()
//   phone.sync(callState)                      // the newest full image, as often as wanted; null = no call: all links close
//   phone.signal({link, epoch, type, payload}) // from the server's rtc.desc / rtc.cand
//   phone.muteNow(bool)                        // at once, before the server answers; the next sync() says what holds
//   phone.pressKey("5")                        // the tone in one's own ear; the digit goes to the server by the page
//   phone.useInput(deviceId) / useOutput(id)   // Promises; also in a call
//   phone.recording()                          // stereo MediaStream for MediaRecorder, follows recording/recordingPaused
//   phone.close()                              // page goes away: links, microphone
//
//   callState = {callId, self, links, held, muted, consult, monitor, recording, recordingPaused, listened, listenerPaused, ice}
//     self     "agent" (default) | "consultee" | "supervisor": what this person is in this call
//     links    [{id, epoch, role: "caller" | "callee", peer: "customer" | "consultee" | "agent" | "supervisor" | "listener",
//               state: "open" | anything else, held?: true | false}]   the links of THIS leg only; peer = who is at the other end
//     consult  null | "private" | "conference"      monitor  null | "listen" | "whisper" | "barge"
//     ice      {servers: [RTCIceServer], relayOnly: bool}
//   Epochs start at 1 and only grow. A reloaded page gets its links with epoch + 1 (so does the other leg). A link that was
//   closed opens again only with a higher epoch. Exactly one of its two legs is "caller". Messages may come before the image.
// ------------------------------------------------------------------------------------------------------------------

import { playDigit } from "./dtmf.js";
import { LinkSet } from "./linkset.js";
import { matrix } from "./matrix.js";
import { openMicrophone } from "./microphone.js";
import { Mixer } from "./mixer.js";

const NO_CALL = { held: true, muted: false, consult: null, monitor: null, links: [] }; // the microphone check still measures
const HUB_PEERS = ["customer", "consultee", "supervisor"];
const HEARERS = [...HUB_PEERS, "listener"]; // a listener is sent a mix and is no source of any

export class Softphone {
  #links;
  #mixer = new Mixer();
  #state = NO_CALL;
  #opening = null;
  #onMicrophone;

  constructor({ onMicrophone = () => {}, ...line }) {
    this.microphone = null;
    this.#onMicrophone = onMicrophone;
    this.#links = new LinkSet({ ...line, onChange: () => this.#route() });
  }

  /** Opens the microphone unless it is open. Throws MicrophoneError. */
  async prepare({ deviceId = "" } = {}) {
    if (this.microphone?.track.readyState === "live") return this.microphone;
    // Two clicks must not open two microphones
    this.#opening ??= this.useInput(deviceId).finally(() => (this.#opening = null));
    return this.#opening;
  }

  /** Changes to another microphone; the old one stays if the new one can't be opened. */
  async useInput(deviceId) {
    const opened = await openMicrophone({ deviceId });
    const old = this.microphone;
    this.microphone = opened;
    opened.track.addEventListener("ended", () => this.#unplugged(opened));
    this.#mixer.setSource("agent", opened.stream);
    this.#route();
    old?.stop();
    return opened;
  }

  async useOutput(sinkId) {
    this.#links.setSink(sinkId);
  }

  /** Applies the server's newest image of the call; null when there is none. */
  sync(callState) {
    this.#state = callState ?? NO_CALL;
    this.#links.sync(this.#state.links, this.#state.ice);
    this.#route();
  }

  signal(message) {
    this.#links.signal(message);
  }

  muteNow(muted) {
    this.#state = { ...this.#state, muted };
    this.#route();
  }

  pressKey(digit) {
    return playDigit(digit);
  }

  recording() {
    return this.#mixer.recording();
  }

  close() {
    this.#links.close();
    this.#mixer.close();
    this.microphone?.stop();
    this.microphone = null;
  }

  #route() {
    // The second lock on mute, whatever the routing below does
    if (this.microphone) this.microphone.track.enabled = !this.#state.muted;
    const hub = (this.#state.self ?? "agent") === "agent";
    if (hub) this.#routeHub();
    else this.#routeSpoke();
  }

  #routeHub() {
    const legs = this.#links.legs();
    const heard = matrix(this.#state);
    for (const peer of HUB_PEERS) {
      this.#mixer.setSource(peer, legs.find((leg) => leg.peer === peer)?.stream ?? null);
    }
    this.#mixer.apply(heard);
    // A peer the matrix does not know (the former agent, while a transfer completes) gets silence
    for (const leg of legs) leg.link.setOutgoing(HEARERS.includes(leg.peer) ? this.#mixer.track(leg.peer) : null);
    this.#links.hear((leg) => heard.agent.includes(leg.peer));
  }

  // Consultee and supervisor talk to the agent alone; what others hear of them is the hub's business
  #routeSpoke() {
    const { self, monitor, muted } = this.#state;
    const speaks = !muted && (self !== "supervisor" || monitor === "whisper" || monitor === "barge");
    this.#mixer.apply({});
    for (const leg of this.#links.legs()) {
      leg.link.setOutgoing(speaks && !leg.held ? (this.microphone?.track ?? null) : null);
    }
    this.#links.hear((leg) => !leg.held);
  }

  async #unplugged(microphone) {
    if (this.microphone !== microphone) return;
    try {
      await this.useInput("");
    } catch (error) {
      this.#onMicrophone(error.kind);
    }
  }
}
