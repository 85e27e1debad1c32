// <recording-player src="/recordings/…" seconds="83" kind="call">: play, jump, faster, and the sound as a picture.
// Nothing is loaded before somebody wants to listen: each listening is in the log. What a browser recorded has no length in its
// header, so the length comes with the element; the picture is made of the decoded sound (caller above the line, agent below).
import { _, fmt } from "/static/js/i18n.js";

const SPEEDS = [1, 1.5, 2];
const BARS = 180;
const PICTURE_UP_TO_S = 20 * 60; // decoding an hour takes more memory than a picture is worth
const FAR = 1e7; // seconds: asking for a moment after the end makes the browser look for the end
const SVG = { play: "M7 4v16l13-8z", pause: "M6 5h4v14H6zM14 5h4v14h-4z" };

let playing = null; // one at a time

const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

function sign(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SVG[name]);
  svg.append(path);
  return svg;
}

class RecordingPlayer extends HTMLElement {
  #audio = new Audio();
  #peaks = null;
  #speed = 0;
  #loading = null;
  #address = "";

  connectedCallback() {
    if (this.firstElementChild?.matches(".player-play")) return this.#draw();
    const name = this.getAttribute("label") ?? _("Recording");
    this.play = make("button", { type: "button", class: "player-play" });
    this.picture = make("canvas", { class: "player-picture", "aria-hidden": "true" });
    this.slider = make("input", { type: "range", class: "player-slider", min: "0", max: String(this.#seconds()), step: "0.1", value: "0", "aria-label": _("Position in the recording") });
    this.time = make("span", { class: "player-time tabular" });
    this.faster = make("button", { type: "button", class: "player-speed tabular" });
    this.said = make("span", { class: "player-said", role: "status" });
    this.replaceChildren(this.play, make("span", { class: "player-track" }, this.picture, this.slider), this.time, this.faster, this.said);
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", name);
    this.play.addEventListener("click", () => this.toggle());
    this.faster.addEventListener("click", () => this.#next());
    this.slider.addEventListener("input", () => this.#jump(Number(this.slider.value)));
    for (const event of ["play", "pause", "timeupdate", "ended"]) this.#audio.addEventListener(event, () => this.#show());
    this.#audio.addEventListener("error", () => { if (this.#audio.src) this.said.textContent = _("This browser can't play the recording."); });
    this.watcher = new ResizeObserver(() => this.#draw());
    this.watcher.observe(this.picture);
    this.#show();
  }

  disconnectedCallback() {
    this.#audio.pause();
    this.watcher?.disconnect();
    if (this.#address) URL.revokeObjectURL(this.#address);
    this.#address = "";
    this.#loading = null;
  }

  async toggle() {
    if (!this.#audio.paused) return this.#audio.pause();
    if (!(await this.#load())) return undefined;
    if (playing && playing !== this.#audio) playing.pause();
    playing = this.#audio;
    return this.#audio.play().catch(() => {});
  }

  #seconds() {
    return Math.max(0.1, Number(this.getAttribute("seconds")) || 0.1);
  }

  #load() {
    this.#loading ??= this.#fetch().catch((error) => {
      this.#loading = null;
      this.said.textContent = error.message || _("The recording could not be loaded. Please try again.");
      return false;
    });
    return this.#loading;
  }

  async #fetch() {
    this.play.setAttribute("aria-busy", "true");
    this.said.textContent = "";
    try {
      const answer = await fetch(this.getAttribute("src"), { headers: { "X-Requested-With": "XMLHttpRequest" } });
      if (!answer.ok) throw new Error((await answer.json().catch(() => null))?.error?.message ?? "");
      const sound = await answer.blob();
      this.#address = URL.createObjectURL(sound);
      this.#audio.src = this.#address;
      await this.#findEnd();
      if (this.#seconds() <= PICTURE_UP_TO_S) this.#paint(sound);
      return true;
    } finally {
      this.play.removeAttribute("aria-busy");
    }
  }

  /** Lets the browser find the end, without which it can't jump in what has no length. */
  #findEnd() {
    const audio = this.#audio;
    return new Promise((resolve) => {
      const done = () => {
        audio.removeEventListener("durationchange", look);
        audio.currentTime = Number(this.slider.value) || 0;
        resolve();
      };
      const look = () => { if (Number.isFinite(audio.duration)) done(); };
      audio.addEventListener("loadedmetadata", () => {
        if (Number.isFinite(audio.duration)) return done();
        audio.addEventListener("durationchange", look);
        audio.currentTime = FAR;
        return undefined;
      }, { once: true });
      audio.addEventListener("error", resolve, { once: true });
    });
  }

  async #paint(sound) {
    try {
      const decoded = await new OfflineAudioContext(2, 1, 8000).decodeAudioData(await sound.arrayBuffer());
      const sides = Array.from({ length: decoded.numberOfChannels }, (_side, index) => decoded.getChannelData(index));
      this.#peaks = sides.map((data) => Array.from({ length: BARS }, (_bar, bar) => {
        let most = 0;
        const step = data.length / BARS;
        for (let at = Math.floor(bar * step); at < Math.floor((bar + 1) * step); at += 4) most = Math.max(most, Math.abs(data[at]));
        return most;
      }));
      const loudest = Math.max(0.05, ...this.#peaks.flat());
      this.#peaks = this.#peaks.map((side) => side.map((peak) => Math.sqrt(peak / loudest)));
      this.classList.add("has-picture");
    } catch {
      this.#peaks = null; // it plays all the same
    }
    this.#draw();
  }

  async #jump(seconds) {
    if (!this.#loading || !(await this.#loading)) return this.#show(seconds);
    this.#audio.currentTime = seconds;
    return this.#show();
  }

  #next() {
    this.#speed = (this.#speed + 1) % SPEEDS.length;
    this.#audio.playbackRate = SPEEDS[this.#speed];
    this.#show();
  }

  #show(at = this.#audio.currentTime) {
    const { paused } = this.#audio;
    const length = this.#seconds();
    const now = Math.min(at, length);
    this.slider.value = String(now);
    this.slider.setAttribute("aria-valuetext", _("%(time)s of %(length)s", { time: fmt.duration(now), length: fmt.duration(length) }));
    this.time.textContent = `${fmt.duration(now)} / ${fmt.duration(length)}`;
    this.play.replaceChildren(sign(paused ? "play" : "pause"));
    this.play.setAttribute("aria-label", paused ? _("Play") : _("Pause"));
    this.faster.textContent = `${SPEEDS[this.#speed]}×`;
    this.faster.setAttribute("aria-label", _("Speed: %(factor)s times", { factor: SPEEDS[this.#speed] }));
    this.#draw();
  }

  #draw() {
    const canvas = this.picture;
    const { clientWidth: width, clientHeight: height } = canvas;
    if (!width || !height) return;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const style = getComputedStyle(this);
    const [caller, agent, rest] = ["--player-caller", "--player-agent", "--player-rest"].map((name) => style.getPropertyValue(name));
    const middle = height / 2;
    const played = (this.#audio.currentTime / this.#seconds()) * width;
    const step = width / BARS;
    for (let bar = 0; bar < BARS; bar += 1) {
      const x = bar * step;
      const up = (this.#peaks?.[0][bar] ?? 0) * (middle - 1);
      const down = (this.#peaks?.at(-1)[bar] ?? 0) * (middle - 1);
      pen.fillStyle = x <= played ? caller : rest;
      pen.fillRect(x, middle - Math.max(0.75, up), Math.max(1, step - 1), Math.max(0.75, up));
      pen.fillStyle = x <= played ? agent : rest;
      pen.fillRect(x, middle, Math.max(1, step - 1), Math.max(0.75, down));
    }
  }
}

customElements.define("recording-player", RecordingPlayer);
