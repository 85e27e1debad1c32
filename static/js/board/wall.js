// What stands in for the socket on a television's link: the figures are asked for every other second, by an address that may end.
import { signal } from "/static/vendor/ui.mjs";

const EVERY = 2_000;
const ANSWER_WITHIN = 8_000;
/** Looked at less often once the link has ended: somebody may have made the clock wrong for a moment. */
const EVERY_ENDED = 60_000;

/** The same shape as openLive() of live.js, as far as the board uses it. */
export function openWall(address) {
  const offset = signal(0);
  const ended = signal(false);

  async function request() {
    const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_WITHIN) });
    ended.value = answer.status === 404;
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return answer.json();
  }

  return {
    offset, ended, request,
    on() {},
    probeWith() {},
    now: () => Date.now() + offset.peek(),
    learnTime(iso) {
      const server = Date.parse(iso);
      if (!Number.isNaN(server)) offset.value = server - Date.now();
    },
    greet(run) {
      const turn = () => run().catch(() => {}).then(() => setTimeout(turn, ended.peek() ? EVERY_ENDED : EVERY));
      turn();
    },
  };
}
