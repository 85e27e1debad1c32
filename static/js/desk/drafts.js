// What the agent has typed, per contact: in memory at once, on this device until the server has it, on the server every 2 s.
// A draft outlives reloads, lost connections and ended sessions; it goes when its wrap-up is saved.
import { effect, signal } from "/static/vendor/ui.mjs";
import { call, desk, live, randomName, role, wrapup } from "/static/js/desk/store.js";

const EVERY = 2_000;
const LONGEST = 20_000; // characters of a note; the server keeps no more
const PREFIX = "hearback.draft.";
const EMPTY = { note: "", disposition: null, topics: [], phase: "", sms: [] };

const drafts = new Map(); // reservation -> {fields: signal, savedAt: signal(ms|null), failing: signal, dirty, sending, key}

function readLocal(reservation) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + reservation));
  } catch {
    return null;
  }
}

function keepLocal(reservation, fields) {
  try {
    localStorage.setItem(PREFIX + reservation, JSON.stringify({ fields, at: Date.now() }));
  } catch { /* the device is full: the page and the server still hold it */ }
}

/** The draft of a contact, begun from this device if it holds something newer than the server, else from the image. */
export function draftOf(reservation, known = {}) {
  if (!drafts.has(reservation)) {
    const local = readLocal(reservation);
    const fields = { ...EMPTY, ...known, ...(local?.fields ?? {}) };
    drafts.set(reservation, {
      reservation, fields: signal(fields), savedAt: signal(null), failing: signal(false), dirty: Boolean(local), sending: false, key: randomName(),
    });
  }
  return drafts.get(reservation);
}

/** Changes some fields; the rest follows by itself. */
export function change(draft, fields) {
  draft.fields.value = { ...draft.fields.peek(), ...fields };
  draft.dirty = true;
  keepLocal(draft.reservation, draft.fields.peek());
}

export const tooLong = (draft) => draft.fields.value.note.length > LONGEST;
export const longestNote = LONGEST;

/** Sends what the server does not have yet. Quiet when it fails: the next turn tries again. */
export async function flush(draft) {
  if (!draft.dirty || draft.sending || draft.done || live.state.peek() !== "live" || role.peek() !== "device") return;
  if (draft.fields.peek().note.length > LONGEST) return;
  draft.sending = true;
  const sent = draft.fields.peek();
  try {
    await live.request("wrapup.draft", { reservation: draft.reservation, draft: sent }, { tries: 1 });
    draft.savedAt.value = Date.now();
    draft.failing.value = false;
    if (draft.fields.peek() === sent) {
      draft.dirty = false;
      localStorage.removeItem(PREFIX + draft.reservation);
    }
  } catch {
    draft.failing.value = true;
  } finally {
    draft.sending = false;
  }
}

/** The wrap-up was saved: nothing of it stays on this device. */
export function forget(draft) {
  draft.done = true;
  localStorage.removeItem(PREFIX + draft.reservation);
  drafts.delete(draft.reservation);
}

setInterval(() => drafts.forEach(flush), EVERY);
document.addEventListener("visibilitychange", () => { if (document.hidden) drafts.forEach(flush); });

// Drafts whose contact the server has closed (saved in another tab, or by the timer from the same draft) are let go
effect(() => {
  if (!desk.value) return;
  const alive = new Set([call.value?.reservation, ...desk.value.wrapups.map((open) => open.reservation)]);
  for (const [reservation, draft] of drafts) if (!alive.has(reservation) && !draft.dirty) drafts.delete(reservation);
});

/** The draft of what the agent works on now: the call, else its wrap-up. */
export const currentDraft = () => {
  const work = call.value ?? wrapup.value;
  return work?.reservation ? draftOf(work.reservation, work.draft) : null;
};
