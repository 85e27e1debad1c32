// One call from this browser: starting it, finding it again after a reload, and the telephone that follows its image.
import { effect, signal } from "/static/vendor/ui.mjs";
import { _ } from "/static/js/i18n.js";
import { openLive, tick } from "/static/js/live.js";
import { audioLocked, unlockAudio } from "/static/js/voice/audiocontext.js";
import { CustomerPhone } from "/static/js/voice/customerphone.js";
import { data } from "/static/js/caller/pieces.js";

/** "form", "call" or "message". */
export const phase = signal("form");
/** The newest image of the call, null before the first. */
export const image = signal(null);
export const muted = signal(false);
/** What is wrong with the microphone: denied, missing, busy, insecure, other; empty when nothing is. */
export const microphoneProblem = signal("");
/** True while the browser refuses to play before a click (after a reload). */
export const soundLocked = signal(false);
/** Media state of each link: "connecting" | "up" | "lost" | "failed". */
export const linkStates = signal(new Map());

/** What the caller said in the form, for the message they may leave instead: {topic, number}. */
export const claimed = signal({ topic: "", number: "" });
/** Why the queue took the caller not in, in words; empty when it did. */
export const refusal = signal("");

const page = crypto.randomUUID();
const ENDED = "ended";

export let live = null;
let epochs = new Map();
const refused = new Set();

export const phone = new CustomerPhone({
  send: (link, epoch, type, payload) => live?.request("rtc.signal", { link, epoch, type, payload }, { tries: 1 }).catch(() => {}),
  onLinkState: report,
  onBlocked: (retry) => {
    refused.add(retry);
    soundLocked.value = true;
  },
  onMicrophone: (kind) => { microphoneProblem.value = kind; },
});

function report(link, state) {
  const next = new Map(linkStates.peek());
  if (state === "closed") next.delete(link);
  else next.set(link, state);
  linkStates.value = next;
  const epoch = epochs.get(link);
  if (epoch === undefined || !["up", "lost", "failed"].includes(state)) return;
  live?.request("link.state", { link, epoch, state, stats: {} }).catch(() => {});
}

// A report that got lost on the way would leave both sides waiting: say it again while the image does not know it
effect(() => {
  tick.value;
  for (const link of image.peek()?.links ?? []) {
    if (link.state !== "up" && linkStates.peek().get(link.id) === "up") report(link.id, "up");
  }
});

/** True from the click until the page is that of the callback: the end of the call it leaves is no news. */
let changing = false;

function apply(next) {
  if (changing && next?.end_reason === "callback") return;
  if (!next || (image.peek() && next.v <= image.peek().v)) return;
  epochs = new Map(next.links.map((link) => [link.id, link.epoch]));
  image.value = next;
}

effect(() => {
  const now = image.value;
  if (!now || now.state === ENDED) {
    phone.sync(null);
    return;
  }
  phone.sync({
    callId: now.call,
    links: now.links.map((link) => ({ ...link, state: link.state === "closed" ? "closed" : "open" })),
    held: now.held,
    waiting: now.state === "queued" || now.state === "offering",
    music: !isSilent(now),
    ice: { servers: now.ice.servers, relayOnly: now.ice.relay_only },
  });
});

/** A callback that is not answered yet: no music, no microphone. */
export const isSilent = (now) => ["waiting", "ringing", "unanswered"].includes(now.callback?.state) && now.state !== "connected";

function open() {
  phase.value = "call";
  if (live) return;
  live = openLive("/call");
  live.greet(async () => apply((await live.request("call.sync", { page })).image));
  live.probeWith(async () => apply((await live.request("call.sync", { page })).image));
  live.on("call.image", apply);
  live.on("rtc.signal", (message) => phone.signal(message));
  // The place in line moves when others leave it: ask again now and then, never all callers at once
  setInterval(() => {
    if (image.peek() && ["queued", "offering"].includes(image.peek().state)) live.greetAgain();
  }, 9_000 + Math.random() * 2_000);
}

/**
 * Opens the microphone and puts the caller in line. Throws MicrophoneError, or {code, message, fields} of a refusal.
 * Where a refusal is expected nobody is asked for the microphone before it is known that it is of use.
 */
export async function startCall(form, key, { expectRefusal = false } = {}) {
  claimed.value = { topic: form.topic, number: form.number };
  await unlockAudio();
  if (!expectRefusal) await prepare();
  const answer = await fetch(data.urls.start, {
    method: "POST",
    credentials: "same-origin",
    headers: {
      "Content-Type": "application/json",
      "X-Requested-With": "XMLHttpRequest",
      "X-CSRFToken": document.querySelector('meta[name="csrf-token"]').content,
    },
    body: JSON.stringify({ ...form, key }),
  }).catch(() => null);
  const body = await answer?.json().catch(() => null);
  refusal.value = ["queue_closed", "queue_full"].includes(body?.error?.code) ? body.error.message : "";
  if (!answer?.ok || !body?.ok) {
    throw body?.error ?? { message: _("We could not be reached. Please check your connection and try again."), fields: {} };
  }
  open();
  if (expectRefusal) prepare().catch(() => {}); // it opened in between: the page in the call says what is wrong with the microphone
}

async function post(url, form) {
  const answer = await fetch(url, {
    method: "POST",
    credentials: "same-origin",
    headers: {
      "Content-Type": "application/json",
      "X-Requested-With": "XMLHttpRequest",
      "X-CSRFToken": document.querySelector('meta[name="csrf-token"]').content,
    },
    body: JSON.stringify(form),
  }).catch(() => null);
  const body = await answer?.json().catch(() => null);
  if (answer?.ok && body?.ok) return body;
  throw body?.error ?? { message: _("We could not be reached. Please check your connection and try again."), fields: {} };
}

/** Leaves the line and keeps the place: the page becomes that of the callback. Throws {message, fields} of a refusal. */
export async function askForCallback(number) {
  changing = true;
  try {
    const body = await post(data.urls.callback, { number });
    history.replaceState(null, "", body.url);
    letMicrophoneGo();
    live.socket.disconnect().connect(); // the new cookie says which call this page carries now
    await live.greetAgain();
  } finally {
    changing = false;
  }
}

function letMicrophoneGo() {
  phone.microphone?.stop();
  phone.microphone = null;
}

/** Answers the ring. The microphone comes first: the agent must not hear silence. */
export async function answerCallback() {
  await allowSound();
  await prepare();
  await live.request("callback.answer", {});
}

export async function declineCallback() {
  await live.request("callback.not_now", {});
}

/** The questions on a page instead of the talk: this page becomes that one. */
export async function answerInWriting(callback) {
  const body = await post(`${callback.path}/in-writing`, {});
  letMicrophoneGo();
  location.assign(body.url);
}

export const sayIAmHere = () => live.request("callback.here", {});

async function prepare() {
  try {
    await phone.prepare();
    microphoneProblem.value = "";
  } catch (error) {
    microphoneProblem.value = error.kind ?? "other";
    throw error;
  }
}

/** After a reload: the same call again, if it is still on. */
export function resume() {
  if (!data.live) return;
  open();
  soundLocked.value = audioLocked();
  if (data.callback) return; // the microphone is asked for when the customer answers
  prepare().catch(() => {});
}

/** The click that lets a reloaded page sound again. */
export async function allowSound() {
  await unlockAudio();
  for (const retry of refused) retry();
  refused.clear();
  soundLocked.value = audioLocked();
  if (microphoneProblem.peek()) await prepare().catch(() => {});
}

export function toggleMute() {
  muted.value = !muted.peek();
  phone.muteNow(muted.peek());
}

export const hangUp = () => live.request("call.hangup", {});

/** Back to the form for another call. */
export function startOver() {
  phone.close();
  live?.socket.disconnect();
  window.location.assign(data.urls.call);
}
