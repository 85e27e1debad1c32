// Records the call in hand: the owner's page mixes it in stereo (caller left, what the caller hears right), encodes it and
// uploads it in chunks. The server says whether it may be recorded; what a colleague is asked in private is not in the mix.
import { batch, computed, effect, signal } from "/static/vendor/ui.mjs";
import { askJson, call, desk, fixed, isOwner, live, onGreeting, role } from "/static/js/desk/store.js";
import { phone, recorded, soundLocked } from "/static/js/desk/phone.js";
import { deliverLeftovers, tellPause, Upload } from "/static/js/desk/recording_upload.js";

const CHUNK_MS = 5000;
const BITS_PER_SECOND = 32000;
const LONGEST_PART_MS = 55 * 60 * 1000; // the server takes an hour; a longer call goes on in the next part
const TRY_AGAIN_MS = 3000;
const KINDS = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];

/** "off", "starting", "on", "paused", or "failed" (this browser can't record). */
export const recorderState = signal("off");
/** {since: ISO by the server's clock, reason: "card" | "private"} while paused. */
export const pause = signal(null);
/** Chunks that wait for the server. */
export const behind = signal(0);
/** True while the server is asked whether the recording may go on. */
export const resuming = signal(false);

/** Reservations of which the agent asked for a recording on this page. */
const asked = signal(new Set());
let part = null; // {reservation, id, upload, recorder, began}

export const kind = () => (globalThis.MediaRecorder ? KINDS.find((each) => MediaRecorder.isTypeSupported(each)) : undefined);

/** The reservation to be recorded now, or null. */
const wanted = computed(() => {
  const current = call.value;
  if (!current?.recording || current.provider !== "browser" || role.value !== "device" || !isOwner.value || current.reservation_state !== "active" || soundLocked.value) return null;
  const { policy, consent, open } = current.recording;
  if (consent !== "told" || policy === "off") return null;
  const goesOn = policy === "on" || asked.value.has(current.reservation) || open || part?.reservation === current.reservation;
  return goesOn ? current.reservation : null;
});

effect(() => {
  const reservation = wanted.value;
  if (part?.reservation === reservation) return;
  stop();
  if (reservation !== null) start(reservation);
});

/** The agent asks for a recording, where the queue leaves that to the agent. */
export function askToRecord() {
  asked.value = new Set(asked.peek()).add(call.peek().reservation);
}

async function start(reservation) {
  const mine = { reservation, id: null, upload: null, recorder: null, began: 0 };
  part = mine;
  if (!kind()) {
    recorderState.value = "failed";
    return;
  }
  recorderState.value = "starting";
  while (part === mine) {
    try {
      const policy = call.peek()?.recording.policy;
      const begun = await askJson("/desk/recordings", { method: "POST", body: { reservation, epoch: desk.peek().epoch, media_type: kind(), asked_for: policy === "on_request" } });
      if (part === mine) begin(mine, begun);
      else new Upload(begun.recording, fixed.me.id).end(0); // the call was over by then
      return;
    } catch (error) {
      // Refused for good: somebody else's by now, or not to be recorded. Anything else is asked again.
      if (["recording_not_allowed", "moved_on", "reservation_unknown", "stale_epoch"].includes(error.code)) {
        if (part === mine) recorderState.value = "off";
        return;
      }
      await new Promise((resolve) => { setTimeout(resolve, TRY_AGAIN_MS); });
    }
  }
}

function begin(mine, { recording, paused }) {
  batch(() => {
    pause.value = paused ? { since: new Date(live.now()).toISOString(), reason: paused } : null;
    recorded.value = { on: true, paused: Boolean(paused) };
    recorderState.value = paused ? "paused" : "on";
  });
  mine.id = recording;
  mine.upload = new Upload(recording, fixed.me.id, { onBehind: (count) => { if (part === mine) behind.value = count; } });
  mine.stream = phone.recording();
  mine.recorder = new MediaRecorder(mine.stream, { mimeType: kind(), audioBitsPerSecond: BITS_PER_SECOND });
  mine.began = performance.now();
  const seconds = () => (performance.now() - mine.began) / 1000;
  mine.recorder.ondataavailable = (event) => {
    if (event.data.size) mine.upload.add(event.data, seconds());
    if (part === mine && seconds() * 1000 > LONGEST_PART_MS) again(mine);
  };
  mine.recorder.onstop = () => {
    mine.upload.end(seconds());
    for (const track of mine.stream.getTracks()) track.stop();
  };
  mine.recorder.start(CHUNK_MS);
}

function again(mine) {
  stop();
  start(mine.reservation);
}

function stop() {
  const old = part;
  part = null;
  // Stopped first: the sound up to here belongs to it, nothing that comes after
  if (old?.recorder && old.recorder.state !== "inactive") old.recorder.stop();
  batch(() => {
    recorded.value = { on: false, paused: false };
    recorderState.value = "off";
    pause.value = null;
    behind.value = 0;
    resuming.value = false;
  });
}

/** Silence at once, whatever the server does; it is told in the same moment, and until it has heard. */
export function pauseRecording(reason) {
  const mine = part;
  if (!mine?.id || recorded.peek().paused) return;
  batch(() => {
    recorded.value = { on: true, paused: true };
    pause.value = { since: new Date(live.now()).toISOString(), reason };
    recorderState.value = "paused";
  });
  mine.told = tellPause(mine.id, () => ({ paused: true, reason }));
}

/** Sound again, once the server knows: nothing is recorded in a stretch that the record calls silent. */
export async function resumeRecording() {
  const mine = part;
  if (!mine?.id || !recorded.peek().paused || resuming.peek()) return;
  resuming.value = true;
  await mine.told;
  const heard = await tellPause(mine.id, () => ({ paused: false }));
  if (part !== mine) return;
  batch(() => {
    resuming.value = false;
    if (!heard) return;
    recorded.value = { on: true, paused: false };
    pause.value = null;
    recorderState.value = "on";
  });
}

onGreeting(() => {
  if (role.peek() === "device") deliverLeftovers(fixed.me.id);
});
