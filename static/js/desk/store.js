// What the desk knows: the server's latest whole images, who this page is, and how to ask for a change.
// Nothing here is decided by the page: a button sends a request, the answer comes back as an image.
import { batch, computed, signal } from "/static/vendor/ui.mjs";
import { _ } from "/static/js/i18n.js";
import { imageAfter, openLive, RequestFailed } from "/static/js/live.js";
import { csrfHeaders, toast } from "/static/js/shell.js";

export const fixed = JSON.parse(document.getElementById("desk-data").textContent);

/** A random name; the page's own is new with every load, the tab's stays over reloads. */
const randomName = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
export const page = randomName();

/**
 * The name of this tab. A duplicated tab copies sessionStorage: the Web Lock on the name tells it from the original,
 * and it takes a name of its own. Half a second covers the reload of the same tab, whose lock goes with the old page.
 */
async function nameOfTab() {
  const known = sessionStorage.getItem("hearback.tab");
  if (known && (await holdName(known))) return known;
  const fresh = randomName();
  sessionStorage.setItem("hearback.tab", fresh);
  await holdName(fresh);
  return fresh;
}

function holdName(name) {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    const waited = new AbortController();
    const timer = setTimeout(() => waited.abort(), 500);
    navigator.locks.request(`hearback.tab.${name}`, { signal: waited.signal }, () => {
      clearTimeout(timer);
      resolve(true);
      return new Promise(() => {}); // held as long as the page lives
    }).catch(() => resolve(false));
  });
}

export const live = openLive("/");
export const role = signal(null); // "device": this page is the agent's telephone; "viewer": another tab is; "watcher": takes no calls
export const desk = signal(null); // the desk image
export const queues = signal(new Map()); // queue id -> waiting image
export const team = signal(null);

export const me = computed(() => desk.value?.me ?? null);
export const display = computed(() => desk.value?.me.display ?? "offline");
export const offer = computed(() => desk.value?.offers[0] ?? null);
export const call = computed(() => desk.value?.call ?? null);
export const wrapup = computed(() => desk.value?.wrapups[0] ?? null);
export const isOwner = computed(() => call.value?.my_role === "owner");
/** Buttons that change state: not before the first image, not in a second tab, not while the server can't be heard. */
export const canAct = computed(() => desk.value !== null && role.value === "device" && !live.locked.value);

/** Newest image wins; a late or doubled one changes nothing. `whole` comes from an answer to our own question. */
function takeDesk(image, whole = false) {
  if (!image || (!whole && desk.peek() && image.v < desk.peek().v)) return;
  live.learnTime(image.now);
  const phonePage = image.me.device.role_page;
  batch(() => {
    // Another tab took the phone over: this one only watches from now on
    if (role.peek() === "device" && phonePage && phonePage !== page) role.value = "viewer";
    desk.value = image;
  });
}

/** Images of lines and of the team come as what changed; a page that missed something asks for all of them again. */
function takeQueue(message) {
  const id = Number(message.key);
  const known = queues.peek().get(id);
  if (!known || message.v <= known.v) return;
  const image = imageAfter(known, message);
  if (image) queues.value = new Map(queues.peek()).set(id, image);
  else askForTheRoom();
}

function takeTeam(message) {
  if (!team.peek() || message.v <= team.peek().v) return;
  const image = imageAfter(team.peek(), message);
  if (image) team.value = image;
  else askForTheRoom();
}

let asking = null;

/** The lines and the team as of now; several wishes at once are one question. */
function askForTheRoom() {
  asking ??= Promise.all([live.request("queue.sync"), live.request("team.sync")])
    .then(([waiting, colleagues]) => batch(() => {
      queues.value = new Map(waiting.images.map((image) => [image.queue, image]));
      team.value = colleagues.image;
    }))
    .finally(() => { asking = null; });
  return asking.catch((error) => console.warn("The room was not told.", error));
}

let takeOver = false;

async function greet() {
  const tab = await tabName;
  const hello = fixed.me.takes_calls ? await live.request("desk.hello", { tab, page, takeover: takeOver }) : { role: "watcher", image: null };
  takeOver = false;
  const [waiting, colleagues] = await Promise.all([live.request("queue.sync"), live.request("team.sync")]);
  batch(() => {
    role.value = hello.role;
    takeDesk(hello.image, true);
    if (!hello.image) desk.value = NOBODY;
    queues.value = new Map(waiting.images.map((image) => [image.queue, image]));
    team.value = colleagues.image;
  });
  for (const run of afterGreeting) run();
}

const tabName = nameOfTab();
const afterGreeting = new Set();

/** Runs after each greeting: what the server must hear again from a page that was away. */
export const onGreeting = (run) => afterGreeting.add(run);

/** The desk of somebody who looks on but takes no calls. */
const NOBODY = {
  v: 0, epoch: 0, offers: [], call: null, wrapups: [],
  me: { id: fixed.me.id, name: fixed.me.name, intent: "offline", display: "offline", display_since: new Date().toISOString(), device: {}, lights: {}, why_not: [], contacts_today: 0 },
};

/** Looks at the whole desk again; for those without one, at the team. */
export async function sync() {
  if (!fixed.me.takes_calls) return askForTheRoom();
  takeDesk((await live.request("desk.sync")).image, true);
}

live.on("desk.image", (image) => takeDesk(image));
live.on("queue.image", takeQueue);
live.on("team.image", takeTeam);
live.probeWith(sync);

export function start() {
  live.greet(greet);
}

export function takePhoneHere() {
  takeOver = true;
  live.greetAgain();
}

/** Names of requests that are on their way: buttons show it and do not send twice. */
export const busy = signal(new Set());

const withKey = (key, present) => {
  const next = new Set(busy.peek());
  if (present) next.add(key);
  else next.delete(key);
  busy.value = next;
};

/**
 * Asks for a change once: a second click while it is on its way is ignored. A refusal is shown as a toast, except for those whose code
 * is in `quiet`. Resolves with the ack, or null when it was refused.
 */
export async function act(event, data = {}, { key = event, quiet = [], tries = 2 } = {}) {
  if (busy.peek().has(key)) return null;
  withKey(key, true);
  try {
    return await live.request(event, { epoch: desk.peek()?.epoch, ...data }, { tries });
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    if (!quiet.includes(error.code) && error.code !== "signed_out") toast(error.message);
    return null;
  } finally {
    withKey(key, false);
  }
}

/** A command on the call that is live; the key makes a repeated command one command. */
export const command = (name, more = {}, options = {}) =>
  act("call.command", { call: call.peek()?.id, command: name, key: randomName(), ...more }, { key: `call.${name}`, ...options });

/** A JSON answer of our own server. Raises RequestFailed with what the server said. */
export async function askJson(url, { method = "GET", body } = {}) {
  let answer;
  try {
    answer = await fetch(url, {
      method,
      headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest", ...(body ? { "Content-Type": "application/json", ...csrfHeaders() } : {}) },
      body: body ? JSON.stringify(body) : undefined,
    });
  } catch {
    throw new RequestFailed({ code: "offline", message: _("No connection to the server. Nothing is lost: please try again in a moment.") });
  }
  if (answer.status === 401) live.ended.value = true;
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new RequestFailed(content.error ?? { code: String(answer.status) });
  return content;
}

export { randomName };
