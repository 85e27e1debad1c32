// The telephone in the caller's page: music while waiting or on hold, the agent's voice while talking.
//
// Same constructor and methods as Softphone (contract there), without keypad and recording. Its image:
//   callState = {callId, links, held, waiting, music, ice}
//     links    [{id, epoch, role, peer: "agent", state, held?}]   usually one; two for a moment while a transfer completes.
//              A link's own `held` wins over the call's, so the new agent's line can talk while the old one is on hold.
//     waiting  true in the queue         music  false keeps silent (while the page speaks a prompt); otherwise true
// Music fills every moment in which no agent's line is up, so the caller never sits in dead silence.
// muteNow(bool) is the caller's own mute; no sync() undoes it.

import { audioContext } from "./audiocontext.js";
import { startHoldMusic } from "./holdmusic.js";
import { LinkSet } from "./linkset.js";
import { openMicrophone, setSink } from "./microphone.js";

export class CustomerPhone {
  #links;
  #state = null;
  #muted = false;
  #opening = null;
  #stopMusic = null;
  #heardAs;
  #onMicrophone;

  constructor({ onMicrophone = () => {}, ...line }) {
    this.microphone = null;
    this.#heardAs = line.heardAs;
    this.#onMicrophone = onMicrophone;
    this.#links = new LinkSet({ ...line, onChange: () => this.#route() });
  }

  /** Opens the microphone unless it is open. Throws MicrophoneError. Ask before the caller joins the queue. */
  async prepare({ deviceId = "" } = {}) {
    if (this.microphone?.track.readyState === "live") return this.microphone;
    this.#opening ??= this.useInput(deviceId).finally(() => (this.#opening = null));
    return this.#opening;
  }

  async useInput(deviceId) {
    const opened = await openMicrophone({ deviceId });
    const old = this.microphone;
    this.microphone = opened;
    opened.track.addEventListener("ended", () => this.#unplugged(opened));
    this.#route();
    old?.stop();
    return opened;
  }

  async useOutput(sinkId) {
    this.#links.setSink(sinkId);
    await setSink(audioContext(), sinkId);
  }

  /** Applies the server's newest image of the call; null when it is over. */
  sync(callState) {
    this.#state = callState;
    this.#links.sync(callState?.links ?? [], callState?.ice);
    this.#route();
  }

  signal(message) {
    this.#links.signal(message);
  }

  muteNow(muted) {
    this.#muted = muted;
    this.#route();
  }

  close() {
    this.sync(null);
    this.#links.close();
    this.microphone?.stop();
    this.microphone = null;
  }

  #route() {
    if (this.microphone) this.microphone.track.enabled = !this.#muted;
    const talking = (leg) => !this.#onHold(leg);
    for (const leg of this.#links.legs()) {
      leg.link.setOutgoing(talking(leg) && !this.#muted ? (this.microphone?.track ?? null) : null);
    }
    this.#links.hear(talking);
    const connected = this.#links.legs().some((leg) => talking(leg) && leg.link.state === "up");
    this.#music(Boolean(this.#state) && this.#state.music !== false && !connected);
  }

  #onHold(leg) {
    if (!this.#state || this.#state.waiting) return true;
    return leg.held ?? Boolean(this.#state.held);
  }

  #music(wanted) {
    if (wanted) {
      this.#stopMusic ??= startHoldMusic(audioContext(), undefined, { heardAs: this.#heardAs });
    } else {
      this.#stopMusic?.();
      this.#stopMusic = null;
    }
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
