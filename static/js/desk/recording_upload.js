// The chunks of a recording on their way to the server: in order, again and again until they are there. What the server
// has not confirmed lies in this browser (IndexedDB; memory where there is none) and is delivered by the next load of the page.
import { csrfHeaders } from "/static/js/shell.js";

const DATABASE = "hearback.recordings";
const KEPT_FOR = 24 * 3600 * 1000; // the server takes nothing older
const PAUSES = [500, 1000, 2000, 5000, 10000]; // milliseconds between tries

const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

let opening = null;

function database() {
  opening ??= new Promise((resolve) => {
    if (!globalThis.indexedDB) return resolve(null);
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("parts", { keyPath: "id" });
      request.result.createObjectStore("chunks", { keyPath: ["id", "seq"] });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(null);
  });
  return opening;
}

/** Runs `work(store)` and resolves with what its request found; undefined where nothing can be kept. */
async function keep(name, work) {
  const opened = await database();
  if (!opened) return undefined;
  return new Promise((resolve) => {
    const running = opened.transaction(name, "readwrite");
    const request = work(running.objectStore(name));
    running.oncomplete = () => resolve(request?.result);
    running.onabort = () => resolve(undefined); // a full disk: memory still has it
  });
}

const chunksOf = (id) => IDBKeyRange.bound([id, 0], [id, Infinity]);

async function forget(id) {
  await keep("chunks", (store) => store.delete(chunksOf(id)));
  await keep("parts", (store) => store.delete(id));
}

/** "done", "again" (the server can't be heard, or is busy), or "over" (it takes this no more). */
async function ask(url, options) {
  try {
    const answer = await fetch(url, { ...options, headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest", ...csrfHeaders(), ...options.headers } });
    if (answer.ok) return "done";
    return answer.status === 401 || answer.status === 429 || answer.status >= 500 ? "again" : "over";
  } catch {
    return "again";
  }
}

/** Asks until there is an answer; false when the server takes it no more. */
async function askUntil(url, options) {
  for (let tries = 0; ; tries += 1) {
    const outcome = await ask(url, typeof options === "function" ? options() : options);
    if (outcome !== "again") return outcome === "done";
    await wait(PAUSES[Math.min(tries, PAUSES.length - 1)]);
  }
}

const post = (body) => ({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export class Upload {
  #waiting = [];
  #part;
  #next = 0;
  #delivering = null;
  #release = () => {};
  #onBehind;

  /** `onBehind(n)`: so many chunks wait for the server. */
  constructor(id, user, { onBehind = () => {} } = {}) {
    this.#part = { id, user, began: Date.now(), seconds: 0, ended: false };
    this.#onBehind = onBehind;
    keep("parts", (store) => store.put(this.#part));
    // As long as this page lives no other load of it takes the part for a lost one
    navigator.locks?.request(`${DATABASE}.${id}`, () => new Promise((resolve) => { this.#release = resolve; }));
  }

  /** What an earlier load of the page left: its chunks go first, then its end. */
  static async takeUp(part) {
    const upload = new Upload(part.id, part.user);
    const chunks = (await keep("chunks", (store) => store.getAll(chunksOf(part.id)))) ?? [];
    upload.#waiting = chunks;
    upload.#next = part.next ?? (chunks.at(-1)?.seq ?? -1) + 1;
    return upload.end(part.seconds);
  }

  add(blob, seconds) {
    const seq = this.#next;
    this.#next += 1;
    this.#part = { ...this.#part, seconds, next: this.#next };
    const chunk = { id: this.#part.id, seq, blob };
    this.#waiting.push(chunk);
    keep("chunks", (store) => store.put(chunk));
    keep("parts", (store) => store.put(this.#part));
    this.#deliver();
  }

  /** Everything is recorded: resolves when the server has all of it, or takes no more. */
  end(seconds) {
    this.#part = { ...this.#part, seconds, ended: true };
    keep("parts", (store) => store.put(this.#part));
    return this.#deliver();
  }

  #deliver() {
    this.#onBehind(this.#waiting.length);
    this.#delivering ??= this.#run().finally(() => { this.#delivering = null; });
    return this.#delivering;
  }

  async #run() {
    const address = `/desk/recordings/${this.#part.id}`;
    for (;;) {
      while (this.#waiting.length) {
        const [chunk] = this.#waiting;
        const taken = await askUntil(`${address}/chunks/${chunk.seq}${this.#part.ended ? "" : "?running=1"}`, { method: "PUT", headers: { "Content-Type": "application/octet-stream" }, body: chunk.blob });
        if (!taken) return this.#over();
        this.#waiting.shift();
        keep("chunks", (store) => store.delete([chunk.id, chunk.seq]));
        this.#onBehind(this.#waiting.length);
      }
      if (!this.#part.ended) return undefined;
      await askUntil(`${address}/finish`, post({ duration_s: this.#part.seconds, chunks: this.#next }));
      return this.#over();
    }
  }

  async #over() {
    this.#waiting = [];
    this.#onBehind(0);
    await forget(this.#part.id);
    this.#release();
  }
}

/** Delivers what earlier loads of this page could not; only the person's own, and nothing that another tab still records. */
export async function deliverLeftovers(user) {
  const parts = (await keep("parts", (store) => store.getAll())) ?? [];
  for (const part of parts) {
    if (Date.now() - part.began > KEPT_FOR) await forget(part.id);
    else if (part.user === user && navigator.locks) await navigator.locks.request(`${DATABASE}.${part.id}`, { ifAvailable: true }, (lock) => lock ? part : null).then((mine) => mine && Upload.takeUp(mine));
  }
}

/** Tells the server that a recording pauses or goes on, until it has heard it; `body` says what holds by then. */
export const tellPause = (id, body) => askUntil(`/desk/recordings/${id}/pause`, () => post(body()));
