// The ears of somebody who listens in: plays what the agent's page mixes, and has nothing to send. It opens no microphone,
// its links are "recvonly", and the server passes on no description that says otherwise.

import { LinkSet } from "./linkset.js";
import { measureLevel } from "./microphone.js";

export class ListenerPhone {
  #links;
  #level = null; // {stream, stop}
  #onLevel;

  /** onLevel(dBFS): how loud it is just now, -100 when nothing comes. The others as in Softphone. */
  constructor({ onLevel = () => {}, ...line }) {
    this.#onLevel = onLevel;
    this.#links = new LinkSet({ ...line, listensOnly: true, onChange: () => this.#follow() });
    this.#links.hear(() => true);
  }

  /** The newest links ({id, epoch, role, peer: "agent", state}), with ice = {servers, relayOnly}; none: silence. */
  sync(links, ice) {
    this.#links.sync(links, ice);
    this.#follow();
  }

  signal(message) {
    this.#links.signal(message);
  }

  close() {
    this.#links.close();
    this.#measure(null);
  }

  #follow() {
    this.#measure(this.#links.legs().find((leg) => leg.stream)?.stream ?? null);
  }

  #measure(stream) {
    if (this.#level?.stream === stream) return;
    this.#level?.stop();
    this.#level = stream ? { stream, stop: measureLevel(stream, this.#onLevel) } : null;
    if (!stream) this.#onLevel(-100);
  }
}
