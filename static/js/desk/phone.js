// The softphone of this page: it follows the desk image, reports what it hears, and knows whether the microphone is there.
import { effect, signal } from "/static/vendor/ui.mjs";
import { audioContext, audioLocked, unlockAudio } from "/static/js/voice/audiocontext.js";
import { loudness, notices } from "/static/js/notices.js";
import { startRing } from "/static/js/voice/ring.js";
import { Softphone } from "/static/js/voice/softphone.js";
import { keepLine, line, lineMicrophone, lineReady } from "/static/js/desk/line.js";
import { act, call, desk, live, onGreeting, role } from "/static/js/desk/store.js";

/** True once the microphone check passed on this load of the page. */
export const deviceReady = signal(false);
/** Kind of what is wrong with the microphone: denied, missing, busy, insecure, other; empty when nothing is. */
export const microphoneProblem = signal("");
export const muted = signal(false);
export const checkOpen = signal(false);
/** Measurements of the line to each peer, by link id. */
export const quality = signal(new Map());
/** What the recorder wants of the mix: {on, paused}; a pause takes the sound out of it at once. */
export const recorded = signal({ on: false, paused: false });
/** True while the browser refuses to play before a click. */
export const soundLocked = signal(false);

const remembered = (name) => localStorage.getItem(`hearback.${name}`) ?? "";
export const chosenInput = signal(remembered("input"));
export const chosenOutput = signal(remembered("output"));
export const chosenRing = signal(remembered("ring"));

export function choose(which, id) {
  ({ input: chosenInput, output: chosenOutput, ring: chosenRing })[which].value = id;
  localStorage.setItem(`hearback.${which}`, id);
}

const blocked = new Set();
const reported = new Map(); // link id -> {epoch, state}: what the server was told last

export const phone = new Softphone({
  // A lost message is repaired by the link itself (it sends its offer again), so nothing is asked twice here
  send: (link, epoch, type, payload) => live.request("rtc.signal", { link, epoch, type, payload }, { tries: 1 }).catch(() => {}),
  onLinkState: report,
  onQuality: (link, stats) => {
    quality.value = new Map(quality.peek()).set(link, stats);
    // The line stands, but the rows do not say so: the report was lost on its way
    if (reported.has(link) && call.peek()?.links.find((known) => known.id === link)?.state !== "up") report(link, "up", stats);
  },
  onBlocked: (retry) => {
    blocked.add(retry);
    soundLocked.value = true;
  },
  onMicrophone: (kind) => {
    microphoneProblem.value = kind;
    deviceReady.value = false;
    tellDevice();
  },
});

function report(link, state, stats) {
  if (state === "closed") {
    reported.delete(link);
    const rest = new Map(quality.peek());
    rest.delete(link);
    quality.value = rest;
  }
  if (!["up", "lost", "failed"].includes(state)) return;
  const epoch = call.peek()?.links.find((known) => known.id === link)?.epoch;
  if (epoch === undefined) return;
  reported.set(link, { epoch, state, stats });
  sendState(link);
}

function sendState(link) {
  const { epoch, state, stats } = reported.get(link);
  live.request("link.state", {
    link, epoch, state,
    stats: { rtt_ms: Math.round((stats?.rtt ?? 0) * 1000), jitter_ms: Math.round((stats?.jitter ?? 0) * 1000), loss: stats?.loss ?? 0, bars: stats?.bars ?? 0 },
  }).catch(() => {});
}

live.on("rtc.signal", (message) => phone.signal(message));

/** The image of the call as the softphone reads it; a viewer tab carries no sound. */
effect(() => {
  const current = call.value;
  const here = current && role.value === "device";
  const telephone = here && current.provider !== "browser";
  line?.sync(telephone ? { leg: current.leg, muted: muted.value } : null);
  if (!here || telephone) {
    phone.sync(null);
    if (!here) muted.value = false;
    return;
  }
  phone.sync({
    callId: current.id,
    self: current.my_role === "consultee" ? "consultee" : "agent",
    links: current.links.map((link) => ({ ...link, state: link.state === "closed" ? "closed" : "open" })),
    held: current.held,
    muted: muted.value,
    consult: current.consult && current.my_role === "owner" ? "private" : null,
    monitor: null,
    recording: recorded.value.on,
    recordingPaused: recorded.value.paused,
    listened: Boolean(current.listener),
    // Also while a page that was loaded anew has not begun to record again: the rows know that it was paused
    listenerPaused: Boolean(current.recording?.paused_at),
    ice: { servers: current.ice?.servers ?? [], relayOnly: Boolean(current.ice?.relay_only) },
  });
});

// A page reloaded in a call has its permission still: take the microphone up again without asking
effect(() => {
  if (call.value && role.value === "device" && !deviceReady.peek() && !microphoneProblem.peek()) prepare().catch(() => {});
});

// A page that the carrier cannot ring says so: the server offers it nothing
keepLine(() => role.value === "device" && deviceReady.value);
effect(() => {
  const ready = lineReady.value;
  if (line && role.peek() === "device" && deviceReady.peek() && desk.peek()?.me.device.ready !== ready) tellDevice();
});
effect(() => {
  if (lineMicrophone.value) microphoneProblem.value = lineMicrophone.value;
});

export function toggleMute() {
  muted.value = !muted.peek();
  phone.muteNow(muted.peek());
  line?.muteNow(muted.peek());
}

/** The tone in one's own ear and, by telephone, on the line; the digit is kept by the server in any case. */
export function pressKey(digit) {
  phone.pressKey(digit);
  if (call.peek()?.provider !== "browser") line?.pressKey(digit);
}

/** Another headset or speaker, for both ways that sound comes. */
export async function useOutput(id) {
  await Promise.all([phone.useOutput(id), line?.useOutput(id)]);
}

/** Opens the chosen microphone. Raises MicrophoneError; its kind is in `microphoneProblem` too. */
export async function prepare({ again = false } = {}) {
  try {
    const opened = again ? await phone.useInput(chosenInput.peek()) : await phone.prepare({ deviceId: chosenInput.peek() });
    line?.useInput(chosenInput.peek());
    if (chosenOutput.peek()) await useOutput(chosenOutput.peek());
    microphoneProblem.value = "";
    lineMicrophone.value = "";
    if (call.peek()) markReady();
    return opened;
  } catch (error) {
    microphoneProblem.value = error.kind ?? "other";
    deviceReady.value = false;
    tellDevice();
    throw error;
  }
}

/** The check passed: the server may offer calls to this page. */
export function markReady() {
  deviceReady.value = true;
  return tellDevice();
}

const canBeRung = () => deviceReady.peek() && lineReady.peek();

/** Tells the server whether this page can be rung. What changed while it was being told is told right after. */
async function tellDevice() {
  const ready = canBeRung();
  const answer = await act("agent.device", { ready, label: (phone.microphone?.track.label ?? "").slice(0, 120) }, { key: "device", quiet: ["offline", "timeout", "stale_epoch"] });
  return ready === canBeRung() ? answer : tellDevice();
}

onGreeting(() => {
  if (role.peek() !== "device") return;
  if (desk.peek().me.device.ready !== canBeRung()) tellDevice();
  for (const link of reported.keys()) {
    if (call.peek()?.links.some((known) => known.id === link && known.epoch === reported.get(link).epoch)) sendState(link);
  }
});

export const checkMicrophone = () => { checkOpen.value = true; };

/** Rings on the headset and on the second device if one is chosen; returns what stops it. */
export function ringFor() {
  return startRing({ volume: loudness(), tone: notices.tone, sinkIds: [...new Set([chosenOutput.peek(), chosenRing.peek()].filter(Boolean))].concat(chosenOutput.peek() ? [] : [""]) });
}

/** To be called in a click: browsers play nothing before one. */
export async function enableSound() {
  await unlockAudio();
  for (const retry of blocked) retry();
  blocked.clear();
  soundLocked.value = audioLocked();
}

/** After a reload nobody has clicked yet: any click or key will do, and a banner says so while a call needs sound. */
export function watchSound() {
  audioContext().addEventListener("statechange", () => { soundLocked.value = audioLocked(); });
  soundLocked.value = audioLocked();
  const touched = () => { if (soundLocked.peek()) enableSound(); };
  document.addEventListener("pointerdown", touched);
  document.addEventListener("keydown", touched);
}

window.addEventListener("beforeunload", (event) => {
  if (call.peek() && role.peek() === "device") event.preventDefault();
});
window.addEventListener("pagehide", () => {
  phone.close();
  line?.close();
});
