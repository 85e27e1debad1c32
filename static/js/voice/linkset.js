// The links of one page, opened and closed by the server's image of the call, each with a player for what comes in.
//
// A link opens once per epoch: an image that arrives late can't bring a closed line back to life. To open it again
// (reload, transfer back) the server raises the epoch.

import { Link } from "./link.js";
import { playRemote } from "./player.js";

const EARLY_MAX = 60; // messages kept for links that this page has not heard of yet
const QUALITY_EVERY = 2000; // ms

export class LinkSet {
  #options;
  #legs = new Map(); // link id -> {id, epoch, peer, held, link, stream, player}
  #newest = new Map(); // link id -> highest epoch opened
  #early = [];
  #audible = () => false;
  #sinkId = "";
  #timer;

  /**
   * onChange(): a link's state or stream changed, so who hears whom must be worked out again.
   * listensOnly: this page sends nothing over any link, whatever it is asked for.
   */
  constructor({ send, onLinkState, onQuality = () => {}, onChange, onBlocked, heardAs, timing, listensOnly = false }) {
    this.#options = { send, onLinkState, onChange, onBlocked, heardAs, timing, listensOnly };
    this.#timer = setInterval(() => {
      for (const { id, link } of this.#legs.values()) if (link.state === "up") onQuality(id, link.stats());
    }, QUALITY_EVERY);
  }

  /** The open legs, for the phone to route. */
  legs() {
    return [...this.#legs.values()];
  }

  /** Opens what is "open" and new, closes what is gone. ice = {servers, relayOnly}. */
  sync(images, ice) {
    const open = new Map(images.filter((image) => image.state === "open").map((image) => [image.id, image]));
    for (const leg of this.legs()) if (!open.has(leg.id)) this.#close(leg);
    for (const image of open.values()) {
      const leg = this.#legs.get(image.id);
      if (image.epoch > (this.#newest.get(image.id) ?? 0)) {
        if (leg) this.#close(leg);
        this.#open(image, ice ?? {});
      } else if (leg && leg.epoch === image.epoch) {
        leg.peer = image.peer;
        leg.held = image.held;
      }
    }
  }

  /** Gives a message of the other leg to its link; one that came before its link waits for it; a stale one is dropped. */
  signal({ link: id, epoch, type, payload }) {
    const newest = this.#newest.get(id) ?? 0;
    if (epoch > newest) {
      this.#early = [...this.#early, { id, epoch, type, payload }].slice(-EARLY_MAX);
    } else {
      this.#legs.get(id)?.link.receive(type, payload, epoch);
    }
  }

  /** Lets the person hear exactly the legs for which `audible(leg)` is true, also those that come later. */
  hear(audible) {
    this.#audible = audible;
    for (const leg of this.legs()) leg.player?.setAudible(audible(leg));
  }

  setSink(id) {
    this.#sinkId = id;
    for (const { player } of this.legs()) player?.setSink(id);
  }

  close() {
    clearInterval(this.#timer);
    for (const leg of this.legs()) this.#close(leg);
    this.#early = [];
  }

  #open({ id, epoch, peer, role, held }, ice) {
    const { send, onLinkState, onChange, timing, listensOnly } = this.#options;
    const leg = { id, epoch, peer, held, link: null, stream: null, player: null };
    this.#legs.set(id, leg);
    this.#newest.set(id, epoch);
    leg.link = new Link({
      id,
      epoch,
      role,
      // Whoever the image calls a listener gets sound and sends none: the line itself has no way back
      direction: listensOnly ? "recvonly" : peer === "listener" ? "sendonly" : "sendrecv",
      iceServers: ice.servers ?? [],
      relayOnly: Boolean(ice.relayOnly),
      timing,
      send: (type, payload) => send(id, epoch, type, payload),
      onState: (state, info) => {
        onLinkState(id, state, info);
        // The constructor itself reports "connecting", before there is anything to route
        if (leg.link && this.#legs.get(id) === leg) onChange();
      },
      onRemote: (stream) => {
        leg.stream = stream;
        this.#play(leg);
        onChange();
      },
    });
    const waiting = this.#early.filter((message) => message.id === id && message.epoch === epoch);
    this.#early = this.#early.filter((message) => message.id !== id || message.epoch > epoch);
    for (const { type, payload } of waiting) leg.link.receive(type, payload);
  }

  #play(leg) {
    const { onBlocked, heardAs } = this.#options;
    leg.player?.stop();
    leg.player = playRemote(leg.stream, { audible: this.#audible(leg), sinkId: this.#sinkId, onBlocked, heardAs });
  }

  #close(leg) {
    this.#legs.delete(leg.id);
    leg.player?.stop();
    leg.link.close();
  }
}
