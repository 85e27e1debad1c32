// The agent's browser as a telephone at the carrier: for calls whose sound no page of ours carries. Beside the softphone
// (softphone.js) it has the same face: sync() with the newest image, muteNow(), pressKey(), useInput(), useOutput(), close().
//
//   const line = new Telephone({
//     loadKit() {},        // -> Promise of the carrier's kit: an object with the class Device (@twilio/voice-sdk)
//     fetchToken() {},     // -> Promise of {token}; asked again before each one ends
//     onState(state) {},   // "off" | "connecting" | "ready" | "lost": whether the carrier can ring this page
//     onCall(state) {},    // "none" | "joining" | "open" | "lost": the sound of the call in hand
//     onQuality(stats) {}, // {bars 1..4, rtt, jitter, loss} about once a second while open
//     onMicrophone(kind) {}, // no microphone for the call: kind as in microphone.js
//   });
//   line.register()        // stays registered until unregister(), and comes back by itself
//   line.sync({leg, muted}) // the leg of the accepted call that this page carries; null: none, whatever runs is ended
//
// The desk rings by its own offer and hangs up by its own commands; here a call is only taken, when it is the one that
// was accepted: the carrier names our leg in the parameter "leg".

const AGAIN_MS = 5000;
const MICROPHONE = { 31401: "denied", 31402: "missing" };

export class Telephone {
  #loadKit;
  #fetchToken;
  #tell;
  #device = null;
  #state = "off";
  #wished = false;
  #timer = 0;
  #wanted = null;
  #ringing = new Map(); // leg -> call of the kit that nobody has taken yet
  #call = null;
  #leg = null;
  #input = "";
  #output = "";

  constructor({ loadKit, fetchToken, onState, onCall, onQuality = () => {}, onMicrophone = () => {} }) {
    this.#loadKit = loadKit;
    this.#fetchToken = fetchToken;
    this.#tell = { onState, onCall, onQuality, onMicrophone };
  }

  /** Lets the carrier ring this page. Twice is harmless. */
  register() {
    if (this.#wished) return;
    this.#wished = true;
    this.#connect();
  }

  unregister() {
    this.#wished = false;
    clearTimeout(this.#timer);
    this.#drop();
    this.#become("off");
  }

  sync(wanted) {
    this.#wanted = wanted;
    if (this.#call && wanted?.leg !== this.#leg) this.#end();
    this.#take();
    if (wanted) this.muteNow(wanted.muted);
  }

  muteNow(muted) {
    this.#call?.mute(muted);
  }

  pressKey(digits) {
    this.#call?.sendDigits(digits);
  }

  async useInput(id) {
    this.#input = id;
    // The kit knows no "as the computer says" but the entry that browsers call "default"
    await this.#device?.audio?.setInputDevice(id || "default").catch((error) => console.warn("Microphone not taken by the telephone", error));
  }

  async useOutput(id) {
    this.#output = id;
    if (id) await this.#device?.audio?.speakerDevices.set([id]).catch((error) => console.warn("Output not taken by the telephone", error));
  }

  close() {
    this.#end();
    this.unregister();
  }

  async #connect() {
    this.#become("connecting");
    try {
      const [kit, { token }] = await Promise.all([this.#loadKit(), this.#fetchToken()]);
      if (!this.#wished || this.#device) return;
      const device = new kit.Device(token, { allowIncomingWhileBusy: true, closeProtection: false, logLevel: "error", appName: "hearback" });
      this.#device = device;
      this.#listen(device);
      for (const sound of ["incoming", "outgoing", "disconnect"]) device.audio?.[sound](false); // the desk rings by itself
      if (this.#input) this.useInput(this.#input);
      if (this.#output) this.useOutput(this.#output);
      await device.register();
    } catch (error) {
      console.warn("The telephone line did not come up", error);
      this.#lost();
    }
  }

  #listen(device) {
    const mine = (run) => (...values) => { if (this.#device === device) run(...values); };
    device.on("registered", mine(() => this.#become("ready")));
    device.on("unregistered", mine(() => this.#lost()));
    device.on("destroyed", mine(() => this.#lost()));
    device.on("error", mine((error, call) => {
      console.warn("Telephone line", error);
      if (!call && device.state !== "registered") this.#lost();
    }));
    device.on("tokenWillExpire", mine(async () => {
      try {
        device.updateToken((await this.#fetchToken()).token);
      } catch (error) {
        console.warn("No new token for the telephone line", error); // it ends, and is made anew
      }
    }));
    device.on("incoming", mine((call) => this.#rings(call)));
  }

  /** Not to be rung now: said at once, and tried again. A talk that runs goes on by itself. */
  #lost() {
    if (!this.#wished) return;
    this.#become("lost");
    if (!this.#call) this.#drop();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (!this.#wished || this.#state === "ready") return;
      if (this.#call) this.#lost();
      else this.#connect();
    }, AGAIN_MS);
  }

  #drop() {
    const device = this.#device;
    this.#device = null;
    this.#ringing.clear();
    device?.destroy();
  }

  #become(state) {
    if (this.#state === state) return;
    this.#state = state;
    this.#tell.onState(state);
  }

  #rings(call) {
    const leg = Number(call.customParameters.get("leg"));
    this.#ringing.set(leg, call);
    const gone = () => { if (this.#ringing.get(leg) === call) this.#ringing.delete(leg); };
    call.on("cancel", gone);
    call.on("disconnect", gone);
    this.#take();
  }

  /** Takes the call that the agent accepted, whichever came first: the ring of the carrier or the image of the desk. */
  #take() {
    const leg = this.#wanted?.leg;
    const call = this.#ringing.get(leg);
    if (!call) return;
    this.#ringing.delete(leg);
    if (this.#call) this.#end(); // the carrier rings anew after the sound was lost
    this.#call = call;
    this.#leg = leg;
    const mine = (run) => (...values) => { if (this.#call === call) run(...values); };
    call.on("accept", mine(() => this.#tell.onCall("open")));
    call.on("reconnecting", mine(() => this.#tell.onCall("lost")));
    call.on("reconnected", mine(() => this.#tell.onCall("open")));
    call.on("sample", mine((sample) => this.#tell.onQuality(qualityOf(sample))));
    call.on("error", mine((error) => {
      if (MICROPHONE[error.code]) this.#tell.onMicrophone(MICROPHONE[error.code]);
    }));
    for (const end of ["disconnect", "cancel", "reject"]) call.on(end, mine(() => this.#over()));
    this.#tell.onCall("joining");
    call.accept();
    call.mute(Boolean(this.#wanted.muted));
  }

  #end() {
    const call = this.#call;
    this.#over();
    call?.disconnect();
  }

  #over() {
    if (!this.#call) return;
    this.#call = null;
    this.#leg = null;
    this.#tell.onCall("none");
  }
}

/** The carrier's measurements as the desk shows them; bars by the mean opinion score, as link.js does by its own. */
function qualityOf({ mos, rtt, jitter, packetsLostFraction }) {
  const bars = mos === null || mos === undefined ? 3 : mos > 4 ? 4 : mos > 3.5 ? 3 : mos > 3 ? 2 : 1;
  return { bars, rtt: (rtt ?? 0) / 1000, jitter: (jitter ?? 0) / 1000, loss: (packetsLostFraction ?? 0) / 100 };
}
