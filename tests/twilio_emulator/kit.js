// The emulator's stand-in for @twilio/voice-sdk: the part of its face that the desk uses, without sound. A classic script
// that puts Twilio.Device on window; the emulator is where it comes from.
(() => {
  const base = new URL(document.currentScript.src).origin;

  class Emitter {
    #handlers = new Map();
    on(name, handler) {
      this.#handlers.set(name, [...(this.#handlers.get(name) ?? []), handler]);
      return this;
    }
    emit(name, ...values) {
      for (const handler of this.#handlers.get(name) ?? []) handler(...values);
    }
  }

  async function speak(what, body) {
    const answer = await fetch(`${base}/browser/${what}`, { method: "POST", body: JSON.stringify(body) });
    const said = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(`The simulated carrier refuses: ${answer.status}`), { code: said.code, status: answer.status });
    return said;
  }

  class Call extends Emitter {
    #device;
    #muted = false;
    #timer = 0;
    constructor(device, { sid, from, parameters }) {
      super();
      this.#device = device;
      this.parameters = { CallSid: sid, From: from };
      this.customParameters = new Map(Object.entries(parameters));
      this.state = "pending";
    }
    accept() { this.#act("accept"); }
    reject() { this.#act("reject"); }
    disconnect() { this.#act("disconnect"); }
    sendDigits(digits) { this.#act("digits", { digits }); }
    mute(muted = true) {
      if (this.#muted === muted) return;
      this.#muted = muted;
      this.emit("mute", muted, this);
    }
    isMuted() { return this.#muted; }
    status() { return this.state; }
    #act(what, more = {}) {
      speak(what, { session: this.#device.session, sid: this.parameters.CallSid, ...more }).catch((error) => this.emit("error", error));
    }
    /** What the emulator tells of it. */
    _told(type) {
      if (type === "accept") {
        this.state = "open";
        this.#timer = setInterval(() => this.emit("sample", { mos: 4.4, rtt: 20, jitter: 2, packetsLostFraction: 0 }), 1000);
        this.emit("accept", this);
      } else {
        clearInterval(this.#timer);
        this.state = "closed";
        this.emit(type, this);
      }
    }
  }

  class Device extends Emitter {
    #token;
    #calls = new Map();
    #timer = 0;
    constructor(token) {
      super();
      this.#token = token;
      this.state = "unregistered";
      this.session = "";
      const nothing = () => Promise.resolve();
      this.audio = {
        incoming() {}, outgoing() {}, disconnect() {}, setInputDevice: nothing, unsetInputDevice: nothing,
        speakerDevices: { set: nothing }, ringtoneDevices: { set: nothing },
      };
    }
    async register() {
      this.state = "registering";
      this.emit("registering");
      const { session } = await speak("register", { token: this.#token });
      this.session = session;
      this.state = "registered";
      this.#watchToken();
      this.emit("registered");
      this.#listen(session);
    }
    async unregister() {
      const session = this.session;
      this.session = "";
      clearTimeout(this.#timer);
      if (!session) return;
      this.state = "unregistered";
      await speak("unregister", { session }).catch(() => {});
      this.emit("unregistered");
    }
    updateToken(token) {
      this.#token = token;
      this.#watchToken();
    }
    destroy() {
      const session = this.session;
      this.session = "";
      clearTimeout(this.#timer);
      if (session) speak("unregister", { session }).catch(() => {});
      this.state = "destroyed";
      this.emit("destroyed");
    }
    /** Ten seconds before a token ends, as the real one does. */
    #watchToken() {
      clearTimeout(this.#timer);
      const { exp } = JSON.parse(atob(this.#token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
      this.#timer = setTimeout(() => this.emit("tokenWillExpire", this), Math.max(0, exp * 1000 - Date.now() - 10000));
    }
    async #listen(session) {
      while (this.session === session) {
        let events = [];
        try {
          ({ events } = await speak("news", { session }));
        } catch (error) {
          if (this.session !== session) return;
          this.session = "";
          this.state = "unregistered";
          this.emit("error", error);
          this.emit("unregistered");
          return;
        }
        for (const event of events) this.#take(event);
      }
    }
    #take(event) {
      if (event.type === "incoming") {
        const call = new Call(this, event);
        this.#calls.set(event.sid, call);
        this.emit("incoming", call);
        return;
      }
      const call = this.#calls.get(event.sid);
      call?._told(event.type);
      if (event.type !== "accept") this.#calls.delete(event.sid);
    }
  }

  window.Twilio = { Device, Call };
})();
