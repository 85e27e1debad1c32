// The wallboard: tiles, queues and agents, the day and what needs somebody. Everything follows from the images of the server.
import { effect, html, render } from "/static/vendor/ui.mjs";
import { _, fmt } from "/static/js/i18n.js";
import { isTyping, singleKeys } from "/static/js/shell.js";
import { dead, fixed, image, lastHeard, live } from "/static/js/board/store.js";
import { AgentDialog } from "/static/js/board/agent_dialog.js";
import { Agents } from "/static/js/board/agents.js";
import { Attention } from "/static/js/board/attention.js";
import { Chart } from "/static/js/board/chart.js";
import { toggleMute } from "/static/js/board/chime.js";
import { LimitsDialog } from "/static/js/board/limits_dialog.js";
import { opened } from "/static/js/board/opened.js";
import { Icon } from "/static/js/board/pieces.js";
import { QueueDialog } from "/static/js/board/queue_dialog.js";
import { Queues } from "/static/js/board/queues.js";
import { Status } from "/static/js/board/status.js";
import { Tiles } from "/static/js/board/tiles.js";

function Opened() {
  const what = opened.value;
  if (!what || live.ended.value) return null;
  const dialog = { agent: AgentDialog, queue: QueueDialog, limits: LimitsDialog }[what.kind];
  return html`<${dialog} key=${`${what.kind} ${what.id}`} id=${what.id} />`;
}

function Board() {
  if (!image.value) return html`<section class="pane board-first" aria-busy="true"><div class="empty"><${Icon} name="loader-2" size="huge" /><b>${_("Connecting…")}</b></div></section>`;
  // Drawn from the start: without a server its icon could not be fetched any more
  return html`<div class="board-dead tone-bad" hidden=${!dead.value}><${Icon} name="wifi-off" />
      ${dead.value && html`<b role="alert">${_("No live data since %(time)s", { time: fmt.timeWithSeconds(lastHeard.value) })}</b>`}
      <span>${fixed.wall && live.ended.value ? _("This link has ended. Whoever made it can make a new one.") : _("The figures below are old. The board comes back by itself.")}</span></div>
    <div class=${`board ${dead.value ? "dead" : ""}`}><${Tiles} /><${Queues} /><${Agents} /><${Chart} /><${Attention} /></div>
    <${Opened} />`;
}

render(html`<${Board} />`, document.getElementById("board"));
render(html`<${Status} />`, document.getElementById("board-status"));
effect(() => { document.getElementById("board").classList.toggle("is-dead", dead.value); });

document.addEventListener("keydown", (event) => {
  if (!singleKeys || event.key.toLowerCase() !== "m" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event) || document.querySelector("dialog:modal")) return;
  toggleMute();
});

// A wall runs for weeks: at four in the morning it takes the newest program
const AT_NIGHT = 4;
if (fixed.tv) {
  const loadedAt = Date.now();
  setInterval(() => { if (new Date().getHours() === AT_NIGHT && Date.now() - loadedAt > 6 * 3_600_000 && navigator.onLine) location.reload(); }, 600_000);
}
