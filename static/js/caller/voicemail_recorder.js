// Records a message and sends it while it is being spoken: a chunk every two seconds, in order, again until it is there. A
// page that crashes loses the last of them; what the server has is delivered all the same.
import { batch, signal } from "/static/vendor/ui.mjs";
import { csrfHeaders } from "/static/js/shell.js";
import { _ } from "/static/js/i18n.js";
import { unlockAudio } from "/static/js/voice/audiocontext.js";
import { measureLevel, openMicrophone } from "/static/js/voice/microphone.js";

const CHUNK_MS = 2000;
const BITS_PER_SECOND = 32000;
const KINDS = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];
const PAUSES = [500, 1000, 2000, 5000]; // milliseconds between tries
const QUIETEST_DB = -70;

/** "ready", "starting", "recording", "review", "sending", "writing", "sent". */
export const stage = signal("ready");
/** Seconds recorded so far, and how many fit. */
export const seconds = signal(0);
export const longest = signal(180);
/** Loudness just now, 0 to 1. */
export const level = signal(0);
/** Chunks that wait for the server. */
export const behind = signal(0);
/** Address of what was recorded, to listen to; empty before. */
export const sound = signal("");
/** {kind} of a MicrophoneError, or {message} to read; null when all is well. */
export const problem = signal(null);
/** {reference, by_sms} of what was sent. */
export const sent = signal(null);

let current = null; // {id, recorder, microphone, parts, waiting, count, began, stopMeter, delivering, closed, failed, finished}

const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

export const recordable = () => globalThis.MediaRecorder ? KINDS.find((kind) => MediaRecorder.isTypeSupported(kind)) : undefined;

const unreachable = () => ({ code: "unreachable", message: _("We could not be reached. Please check your connection and try again."), fields: {} });

/** The answer to a POST; throws {code, message, fields, status}. */
async function post(path, body, options = {}) {
  const raw = body instanceof Blob;
  const answer = await fetch(`/call/voicemail${path}`, {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": raw ? "application/octet-stream" : "application/json", "X-Requested-With": "XMLHttpRequest", ...csrfHeaders() },
    body: raw ? body : JSON.stringify(body),
    ...options,
  }).catch(() => null);
  const said = await answer?.json().catch(() => null);
  if (answer?.ok && said?.ok) return said;
  throw answer && said?.error ? { ...said.error, status: answer.status } : unreachable();
}

const passes = (error) => error.code === "unreachable" || error.status === 429 || error.status >= 500;

async function postUntil(path, body) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await post(path, body);
    } catch (error) {
      if (!passes(error)) throw error;
      await wait(PAUSES[Math.min(tries, PAUSES.length - 1)]);
    }
  }
}

/** Begins a message, the first or another one instead of the last. */
export async function record() {
  if (["starting", "recording", "sending"].includes(stage.peek())) return;
  const before = stage.peek();
  batch(() => {
    problem.value = null;
    stage.value = "starting";
  });
  let microphone = null;
  try {
    await unlockAudio();
    microphone = await openMicrophone();
    const started = await post("", { media_type: recordable() });
    begin(started, microphone);
  } catch (error) {
    microphone?.stop();
    batch(() => {
      stage.value = before === "review" ? "review" : "ready";
      problem.value = error.kind ? { kind: error.kind } : { code: error.code ?? "", message: error.message };
    });
  }
}

function begin(started, microphone) {
  forget();
  const mine = { id: started.message, microphone, parts: [], waiting: [], count: 0, began: 0, delivering: null, closed: false, failed: null, finished: null };
  current = mine;
  const recorder = new MediaRecorder(microphone.stream, { mimeType: recordable(), audioBitsPerSecond: BITS_PER_SECOND });
  mine.recorder = recorder;
  recorder.ondataavailable = (event) => {
    if (!event.data.size || mine.closed) return;
    mine.parts.push(event.data);
    mine.waiting.push({ seq: mine.count, data: event.data });
    mine.count += 1;
    deliver(mine);
  };
  recorder.onstop = () => stopped(mine);
  microphone.track.addEventListener("ended", stop); // unplugged: what was said is kept
  recorder.start(CHUNK_MS);
  mine.began = performance.now();
  mine.stopMeter = measureLevel(microphone.stream, (decibels) => {
    level.value = Math.max(0, Math.min(1, (decibels - QUIETEST_DB) / -QUIETEST_DB));
  });
  mine.clock = setInterval(() => {
    seconds.value = (performance.now() - mine.began) / 1000;
    if (seconds.peek() >= longest.peek()) stop();
  }, 200);
  batch(() => {
    longest.value = started.longest_s;
    seconds.value = 0;
    stage.value = "recording";
  });
}

/** The end of what is spoken; what was recorded may be heard. */
export function stop() {
  const mine = current;
  if (!mine || mine.recorder.state === "inactive") return;
  mine.length = Math.min(longest.peek(), (performance.now() - mine.began) / 1000);
  mine.recorder.stop();
}

function stopped(mine) {
  release(mine);
  if (mine.closed) return;
  mine.finished = finish(mine);
  mine.finished.catch((error) => { mine.failed = error; });
  batch(() => {
    sound.value = URL.createObjectURL(new Blob(mine.parts, { type: mine.recorder.mimeType }));
    seconds.value = mine.length;
    stage.value = "review";
  });
}

async function finish(mine) {
  await deliver(mine);
  if (mine.failed) throw mine.failed;
  await postUntil(`/${mine.id}/finish`, { duration_s: Math.round(mine.length * 100) / 100, chunks: mine.count });
}

function deliver(mine) {
  if (mine === current) behind.value = mine.waiting.length;
  mine.delivering ??= (async () => {
    while (mine.waiting.length && !mine.closed && !mine.failed) {
      const [chunk] = mine.waiting;
      try {
        await postUntil(`/${mine.id}/${chunk.seq}`, chunk.data);
        mine.waiting.shift();
      } catch (error) {
        mine.failed = error;
        if (mine === current) broke(error);
      }
      if (mine === current) behind.value = mine.waiting.length;
    }
  })().finally(() => {
    mine.delivering = null;
  });
  return mine.delivering;
}

function broke(error) {
  problem.value = { code: error.code, message: error.message };
  stop();
}

/** Nothing shall be left: deleted here and there. */
export async function discard() {
  const mine = current;
  if (mine) {
    mine.closed = true;
    if (mine.recorder.state !== "inactive") mine.recorder.stop();
    release(mine);
  }
  forget();
  stage.value = "ready";
  if (mine) await post(`/${mine.id}/discard`, {}).catch(() => {}); // else it is delivered after some minutes: the page says so
}

/** Sends what was recorded; throws {message, fields} when something is to mend. `address`: {number, email}. */
export async function send(address) {
  const mine = current;
  stage.value = "sending";
  problem.value = null;
  try {
    await mine.finished;
    done(await post(`/${mine.id}/send`, address));
  } catch (error) {
    stage.value = "review";
    if (passes(error) && mine.failed) mine.failed = null;
    throw error;
  }
}

/** Sends what was typed; throws {message, fields} when something is to mend. */
export async function write(text, address) {
  stage.value = "sending";
  problem.value = null;
  try {
    done(await post("/written", { text, ...address }));
  } catch (error) {
    stage.value = "writing";
    throw error;
  }
}

function done(answer) {
  const mine = current;
  if (mine) mine.closed = true;
  forget();
  batch(() => {
    sent.value = { reference: answer.reference, by_sms: answer.by_sms };
    stage.value = "sent";
  });
}

function release(mine) {
  clearInterval(mine.clock);
  mine.stopMeter?.();
  mine.microphone.track.removeEventListener("ended", stop);
  mine.microphone.stop();
  level.value = 0;
}

function forget() {
  if (sound.peek()) URL.revokeObjectURL(sound.peek());
  current = null;
  batch(() => {
    sound.value = "";
    seconds.value = 0;
    behind.value = 0;
  });
}

/** The page is closed over a message that was not sent: it is meant to arrive. `address` as far as it was typed. */
export function sendLeaving(address) {
  if (stage.peek() !== "review" || !current) return;
  post(`/${current.id}/send`, { ...address, leaving: true }, { keepalive: true }).catch(() => {});
}
