// What the board knows: the server's latest images, and how old they are. Figures that may be wrong are shown as such:
// the server beats every two seconds, and a board that misses the beat says so, then turns grey and stops its timers.
import { batch, computed, effect, signal } from "/static/vendor/ui.mjs";
import { _ } from "/static/js/i18n.js";
import { imageAfter, openLive, RequestFailed, tick } from "/static/js/live.js";
import { toast } from "/static/js/shell.js";
import { openWall } from "/static/js/board/wall.js";

export const fixed = JSON.parse(document.getElementById("board-data").textContent);

/** Silence after which the figures are called late, and after which they are called dead (ms). */
const LATE_AFTER = 5_000;
const DEAD_AFTER = 15_000;
/** The limits are looked at every two seconds; when nobody has for so long, their colours mean nothing (ms). */
const UNWATCHED_AFTER = 20_000;
const REORDER_EVERY = 5_000;

export const live = fixed.wall ? openWall(fixed.wall) : openLive("/", { pill: false });
export const image = signal(null);
export const day = signal(null);
const heardAt = signal(Date.now());
const watchedAt = signal(null);

/** Seconds since the server was heard last. */
export const age = computed(() => Math.max(0, Math.floor((tick.value - heardAt.value) / 1000)));
export const freshness = computed(() => {
  if (!image.value) return "waiting";
  const silence = tick.value - heardAt.value;
  return silence > DEAD_AFTER || live.ended.value ? "dead" : silence > LATE_AFTER ? "late" : "live";
});
export const dead = computed(() => freshness.value === "dead");
/** When the server was heard last, as a moment of the server's clock (ms). */
export const lastHeard = computed(() => heardAt.value + live.offset.value);
/** The server's time in ms for running timers: it stands still on dead data. */
export const clock = computed(() => (dead.value ? lastHeard.value : tick.value + live.offset.value));
export const unwatched = computed(() => !dead.value && image.value !== null && (!watchedAt.value || clock.value - watchedAt.value > UNWATCHED_AFTER));
export const canOrder = computed(() => fixed.may_control && freshness.value === "live");

export const secondsSince = (when) => Math.max(0, Math.floor((clock.value - Date.parse(when)) / 1000));

function heard() {
  heardAt.value = Date.now();
}

function watched(when) {
  if (when) watchedAt.value = Math.max(watchedAt.peek() ?? 0, Date.parse(when));
}

/** An agent as an object; on the way it is a row, since hundreds of them come twice a second. */
function agentFrom(fields, row) {
  const agent = Object.fromEntries(fields.map((name, place) => [name, row[place]]));
  return { ...agent, since: new Date(agent.since * 1000).toISOString() };
}

let held = null; // the image as it came; `image` is made of it

function take(message) {
  heard();
  if (held && message.v <= held.v) return;
  const next = imageAfter(held, message);
  if (!next) {
    if (held) sync().catch(() => {});
    return;
  }
  held = next;
  if (message.after === undefined) live.learnTime(next.now);
  else if (message.set.now) live.learnTime(message.set.now);
  watched(next.watched_at);
  image.value = { ...next, agents: next.agents.map((row) => agentFrom(next.agent_fields, row)) };
}

function takeDay(next) {
  heard();
  if (!day.peek() || next.v >= day.peek().v) day.value = next;
}

let syncing = null;

/** The board as of now; several wishes at once are one question. */
function sync() {
  syncing ??= askForAll().finally(() => { syncing = null; });
  return syncing;
}

async function askForAll() {
  const answer = await live.request("board.sync");
  batch(() => {
    held = null; // an answer to our own question counts whatever its number: the server may be another one
    take(answer.image);
    day.value = answer.day;
  });
}

live.on("board.image", take);
live.on("board.day", takeDay);
live.on("board.beat", (beat) => {
  heard();
  watched(beat.watched_at);
  live.learnTime(beat.now);
  // A newer image was sent than we hold: one got lost on the way
  if (beat.v && image.peek() && beat.v > image.peek().v) sync().catch(() => {});
});
live.greet(sync);
live.probeWith(sync);

// ---- Breaches ----
const breaches = computed(() => image.value?.breaches ?? []);
const worst = computed(() => {
  const tones = new Map();
  for (const breach of breaches.value) {
    for (const key of [`${breach.scope}:${breach.subject}`, `${breach.scope}:${breach.subject}:${breach.measure}`, `${breach.scope}:*:${breach.measure}`, `${breach.scope}:*`]) {
      tones.set(key, Math.max(tones.get(key) ?? 0, breach.tone));
    }
  }
  return tones;
});
/** 0 inside the target, 1 close to the limit, 2 over it; `subject` and `measure` may be "*" and nothing. */
export const toneOf = (scope, subject = 0, measure = "") => worst.value.get(measure ? `${scope}:${subject}:${measure}` : `${scope}:${subject}`) ?? 0;
/** What the list names: of the house only that nobody is free, since its other measures are those of its queues. */
export const attention = computed(() =>
  breaches.value.filter((breach) => breach.scope !== "house" || breach.measure === "free").sort((a, b) => Boolean(a.seen_by) - Boolean(b.seen_by)));
export const limitsOf = (queue) => queue?.limits ?? image.value.limits;
export const queueOf = (id) => image.value?.queues.find((queue) => queue.id === id) ?? null;
export const agentOf = (id) => image.value?.agents.find((agent) => agent.id === id) ?? null;

/**
 * `items` in the order of `compare`, which changes at most every five seconds: a list that jumps cannot be read. What is new comes last
 * until the next change.
 */
export function steady(items, compare) {
  const order = signal([]);
  let orderedAt = 0;
  let timer = 0;
  const reorder = () => {
    clearTimeout(timer);
    timer = 0;
    orderedAt = Date.now();
    order.value = [...items.peek()].sort(compare).map((item) => item.id);
  };
  effect(() => {
    if (!items.value.length || timer) return;
    const wait = orderedAt + REORDER_EVERY - Date.now();
    if (wait <= 0) reorder();
    else timer = setTimeout(reorder, wait);
  });
  return computed(() => {
    const places = new Map(order.value.map((id, place) => [id, place]));
    return [...items.value].sort((a, b) => (places.get(a.id) ?? Infinity) - (places.get(b.id) ?? Infinity) || a.id - b.id);
  });
}

/** Orders that are on their way: a second click is ignored. */
export const busy = signal(new Set());

/** Sends an order. Resolves with the ack, or with the refusal as {error}; nothing is thrown. */
export async function order(event, data) {
  if (busy.peek().has(event)) return { error: null };
  busy.value = new Set(busy.peek()).add(event);
  try {
    return await live.request(event, data);
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    return { error };
  } finally {
    const rest = new Set(busy.peek());
    rest.delete(event);
    busy.value = rest;
  }
}

export async function acknowledge(breach) {
  const answer = await order("board.acknowledge", { breach: breach.id });
  if (answer.error) toast(answer.error.message || _("That did not work. Please try again."));
}
