// One socket of a page: connect, greet, ask and be answered, know how fresh the page is and what the server's clock says.
//
//   const live = openLive("/");
//   live.greet(async () => { … live.request("desk.hello", …) … });   // after every (re)connect and on live.resync
//   live.on("desk.image", (image) => …);
//   await live.request("offer.accept", { … });                        // resolves with the ack, rejects with RequestFailed
//
// Rows in the database are the truth: a page that lost touch greets again and takes whole images; nothing is replayed.
import { computed, effect, signal } from "/static/vendor/ui.mjs";
import { io } from "/static/vendor/socketio.mjs";
import { _, ngettext } from "/static/js/i18n.js";

/** Silence after which the server is asked for a sign of life, and after which buttons that change state are locked (ms). */
const PROBE_AFTER = 7_000;
const LOCK_AFTER = 10_000;
const CHECKSUM_EVERY = 30_000;
const ANSWER_WITHIN = 5_000;

/** The one clock of the page: the local time in ms, once a second. Read it in small components only. */
export const tick = signal(Date.now());
setInterval(() => { tick.value = Date.now(); }, 1000);
document.addEventListener("visibilitychange", () => { tick.value = Date.now(); });

/** A refusal or a missing answer; `code` for programs ("timeout", "conflict", …), `message` for people. */
export class RequestFailed extends Error {
  constructor({ code = "error", message = "", fields = {} } = {}) {
    super(message || _("That did not work. Please try again."));
    this.code = code;
    this.fields = fields;
  }
}

const idOf = (row) => row.id ?? row[0];

/**
 * The image after `message`: the message itself when it is whole, else what is `held` with its changes. Null when something in between
 * was missed: then the page asks for the whole. The server's side is app/domain/image_changes.py.
 */
export function imageAfter(held, message) {
  if (message.after === undefined) return message;
  if (!held || held.v !== message.after) return null;
  const image = { ...held, ...message.set, v: message.v };
  for (const [name, { changed = [], order }] of Object.entries(message.rows)) {
    const rows = new Map(held[name].map((row) => [idOf(row), row]));
    const ids = order ?? [...rows.keys()];
    for (const row of changed) rows.set(idOf(row), row);
    image[name] = ids.map((id) => rows.get(id));
  }
  return image;
}

/** Opens the socket of `namespace`; see the top of this file. */
export function openLive(namespace = "/", { auth = {}, pill: showsPill = true } = {}) {
  const socket = io(namespace, { transports: ["websocket"], auth, reconnectionDelay: 400, reconnectionDelayMax: 4000, timeout: 8000 });
  const connected = signal(false);
  const greeted = signal(false);
  const ended = signal(false);
  const heardAt = signal(Date.now());
  /** Server time minus local time in ms: browsers' clocks are wrong more often than one thinks. */
  const offset = signal(0);
  let bestRoundTrip = Infinity;
  let greeting = async () => {};
  let greetingNow = null;
  let probe = async () => {};
  let probing = false;
  let checkedAt = Date.now();

  const silence = computed(() => Math.max(0, tick.value - heardAt.value));
  const state = computed(() => {
    if (ended.value) return "ended";
    if (!connected.value || !greeted.value) return silence.value > LOCK_AFTER ? "stale" : "reconnecting";
    return silence.value > LOCK_AFTER ? "stale" : "live";
  });
  const locked = computed(() => state.value === "ended" || state.value === "stale" || (!greeted.value && !connected.value && silence.value > LOCK_AFTER));

  const heard = () => {
    // Written at most once in half a second: many packets must not redraw what shows the freshness
    if (Date.now() - heardAt.peek() > 500) heardAt.value = Date.now();
  };

  /** Takes the server's clock from an image or ack; the sample with the shortest way wins. */
  function learnTime(iso, roundTrip = 2_000) {
    const server = Date.parse(iso);
    if (Number.isNaN(server) || roundTrip > bestRoundTrip) return;
    bestRoundTrip = roundTrip;
    offset.value = server + (roundTrip < 2_000 ? roundTrip / 2 : 0) - Date.now();
  }

  function whenConnected(within) {
    if (connected.peek()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      let stop = () => {};
      const timer = setTimeout(() => {
        stop();
        reject(new RequestFailed({ code: "offline", message: _("No connection to the server. Nothing is lost: please try again in a moment.") }));
      }, within);
      stop = effect(() => {
        if (!connected.value) return;
        clearTimeout(timer);
        queueMicrotask(() => stop());
        resolve();
      });
    });
  }

  /**
   * Sends `event` and resolves with its ack. An answer that does not come is asked for again (`tries` times in all): the server
   * refuses or repeats what it has done already, so asking twice is safe.
   */
  async function request(event, data = {}, { within = ANSWER_WITHIN, tries = 2 } = {}) {
    if (ended.peek()) throw new RequestFailed({ code: "signed_out", message: _("Your session has ended. Please sign in again.") });
    for (let left = tries; ; left -= 1) {
      await whenConnected(within);
      const sentAt = Date.now();
      let answer;
      try {
        answer = await socket.timeout(within).emitWithAck(event, data);
      } catch {
        if (left > 1) continue;
        throw new RequestFailed({ code: "timeout", message: _("The server did not answer in time. Please try again.") });
      }
      heard();
      if (answer?.ok) {
        const now = answer.now ?? answer.image?.now;
        if (now) learnTime(now, Date.now() - sentAt);
        return answer;
      }
      const failed = new RequestFailed(answer?.error);
      if (failed.code === "signed_out") ended.value = true;
      throw failed;
    }
  }

  /** Greets anew; calls that come meanwhile wait for the same greeting. */
  function greetAgain() {
    greetingNow ??= (async () => {
      try {
        await greeting();
        greeted.value = true;
        checkedAt = Date.now();
      } catch (error) {
        console.warn("The greeting failed.", error);
        if (connected.peek() && !ended.peek()) setTimeout(greetAgain, 1500);
      } finally {
        greetingNow = null;
      }
    })();
    return greetingNow;
  }

  socket.on("connect", () => {
    connected.value = true;
    heard();
    greetAgain();
  });
  socket.on("disconnect", (reason) => {
    connected.value = false;
    greeted.value = false;
    // The server closed on purpose (session ended, too many messages): socket.io does not come back by itself then
    if (reason === "io server disconnect" && !ended.peek()) setTimeout(() => socket.connect(), 1000);
  });
  socket.on("connect_error", (error) => {
    if (/signed_out/.test(error.data?.code ?? error.message)) ended.value = true;
    else if (!socket.active && !ended.peek()) setTimeout(() => socket.connect(), 2000);
  });
  socket.on("live.resync", greetAgain);
  socket.on("session.ended", () => { ended.value = true; });
  socket.onAny(heard);
  socket.io.on("ping", heard);

  effect(() => {
    const now = tick.value;
    if (!greeted.peek() || probing || ended.peek()) return;
    if (now - heardAt.peek() < PROBE_AFTER && now - checkedAt < CHECKSUM_EVERY) return;
    probing = true;
    // Silence only asks for a sign of life; the whole image is asked for now and then as a checksum
    const due = now - checkedAt >= CHECKSUM_EVERY;
    if (due) checkedAt = now;
    Promise.resolve(due ? probe() : request("live.ping", {}, { tries: 1 })).catch(() => {}).finally(() => { probing = false; });
  });

  // The dialog of sign_in_again.js; the socket comes back with the new session
  const askToSignIn = () => document.dispatchEvent(new CustomEvent("hearback:signed-out"));
  effect(() => { if (ended.value) askToSignIn(); });
  document.addEventListener("hearback:signed-in", () => {
    if (!ended.peek()) return;
    ended.value = false;
    socket.disconnect().connect();
  });

  const pill = showsPill && document.getElementById("live-pill");
  if (pill) effect(() => showPill(pill, state.value, Math.round(silence.value / 1000)));

  return {
    socket, state, locked, silence, offset, ended, request, learnTime, greetAgain, askToSignIn,
    greet: (run) => { greeting = run; if (connected.peek()) greetAgain(); },
    probeWith: (run) => { probe = run; },
    on: (event, run) => socket.on(event, run),
    /** The server's time in ms. */
    now: () => Date.now() + offset.peek(),
  };
}

function showPill(pill, state, silentFor) {
  const [tone, word] = {
    live: ["tone-ok", _("Live")],
    reconnecting: ["tone-warn", _("Reconnecting…")],
    stale: ["tone-bad", ngettext("Updated %(num)s second ago", "Updated %(num)s seconds ago", silentFor)],
    ended: ["tone-bad", _("Signed out")],
  }[state];
  pill.hidden = false;
  pill.className = `pill tabular ${tone}`;
  // role=status: the words are read out, so the running seconds go where nobody listens
  pill.setAttribute("aria-live", state === "stale" ? "off" : "polite");
  if (pill.dataset.words !== word) {
    pill.dataset.words = word;
    pill.replaceChildren(Object.assign(document.createElement("span"), { className: "dot" }), word);
  }
}
