// The queues, worst first: a row has the tone of its worst measure.
import { computed, html } from "/static/vendor/ui.mjs";
import { _, fmt, ngettext } from "/static/js/i18n.js";
import { day, fixed, image, steady, toneOf } from "/static/js/board/store.js";
import { opened } from "/static/js/board/opened.js";
import { levelText, nameOf, percent, TONES, toneIcon, toneWord } from "/static/js/board/words.js";
import { Elapsed, Icon } from "/static/js/board/pieces.js";

const queues = computed(() => image.value?.queues ?? []);
const wait = (queue) => (queue.oldest ? Date.parse(queue.oldest) : Infinity);
const rows = steady(queues, (a, b) => b.open - a.open || toneOf("queue", b.id) - toneOf("queue", a.id) || wait(a) - wait(b));

const toned = (tone) => (tone ? `tone-${TONES[tone]} tone-text` : "");

function Name({ queue, tone }) {
  const words = html`<span class=${`tone-${TONES[tone]} tone-text`}><${Icon} name=${queue.open ? toneIcon(tone) : "lock"} /></span>
    <span class="name" title=${nameOf(queue.names)}>${nameOf(queue.names)}</span><span class="visually-hidden">${toneWord(tone)}</span>`;
  if (!fixed.may_control) return html`<span class="queue-name">${words}</span>`;
  return html`<button type="button" class="queue-name plain" aria-haspopup="dialog" onClick=${() => { opened.value = { kind: "queue", id: queue.id }; }}>${words}</button>`;
}

const messages = (count) => ngettext("%(num)s voice message waits", "%(num)s voice messages wait", count);

const callbacks = (count) => ngettext("%(num)s callback in line", "%(num)s callbacks in line", count);
const aside = (count) => ngettext("%(num)s callback waits for its customer", "%(num)s callbacks wait for their customers", count);

const Count = ({ icon, tone, count, words }) => count > 0 && html`<span class=${`pill ${tone}`} title=${words(count)}><${Icon} name=${icon} size="small" /><span aria-hidden="true">${fmt.number(count)}</span><span class="visually-hidden">${words(count)}</span></span>`;

function Row({ queue }) {
  const tone = toneOf("queue", queue.id);
  const level = toneOf("queue", queue.id, "level");
  const off = day.value?.differences.find((difference) => difference.queue_id === queue.id);
  return html`<tr class=${tone ? `tone-${TONES[tone]} toned` : ""}>
    <th scope="row"><${Name} queue=${queue} tone=${tone} />
      ${!queue.open && html`<span class="pill tone-warn" title=${queue.closed_reason}><${Icon} name="lock" size="small" />${_("Closed")}</span>`}
      ${queue.voicemails > 0 && html`<span class="pill tone-info" title=${messages(queue.voicemails)}><${Icon} name="microphone" size="small" /><span aria-hidden="true">${fmt.number(queue.voicemails)}</span><span class="visually-hidden">${messages(queue.voicemails)}</span></span>`}
      <${Count} icon="phone-outgoing" tone="tone-info" count=${queue.callbacks} words=${callbacks} />
      <${Count} icon="clock-pause" tone="" count=${queue.aside} words=${aside} />
      ${off && html`<span class="pill tone-bad"><${Icon} name="alert-triangle" size="small" />${_("%(offered)s offered, %(accounted)s accounted for", { offered: fmt.number(off.offered), accounted: fmt.number(off.accounted) })}</span>`}</th>
    <td class=${`number big ${toned(toneOf("queue", queue.id, "waiting"))}`}>${fmt.number(queue.waiting)}</td>
    <td class=${`number big ${toned(toneOf("queue", queue.id, "wait"))}`}>${queue.oldest ? html`<${Elapsed} since=${queue.oldest} />` : html`<span class="faint">–</span>`}</td>
    <td class="number"><span class="level"><span class=${`level-bar tone-${TONES[level]}`} aria-hidden="true"><i style=${{ width: `${(queue.level ?? 0) * 100}%` }}></i></span>
      <span class=${`tabular ${toned(level)}`}>${levelText(queue.level)}</span></span></td>
    <td class=${`number ${toned(toneOf("queue", queue.id, "abandoned"))}`}>${percent(queue.abandoned, 1)}</td>
    <td class="number">${fmt.number(queue.free)} <span class="faint">·</span> ${fmt.number(queue.talking + queue.ringing)} <span class="faint">·</span> ${fmt.number(queue.wrap)}</td>
  </tr>`;
}

export function Queues() {
  return html`<section class="pane board-queues" aria-label=${_("Queues")}>
    <div class="pane-head"><h2>${_("Queues")}</h2><div class="end legend" aria-hidden="true">
      <span class="tone-ok tone-text"><${Icon} name="circle-check" size="small" />${_("inside target")}</span>
      <span class="tone-warn tone-text"><${Icon} name="alert-triangle" size="small" />${_("close")}</span>
      <span class="tone-bad tone-text"><${Icon} name="alert-triangle" size="small" />${_("over")}</span></div></div>
    <div class="board-scroll table-wrap" tabindex="0" role="group" aria-label=${_("Queues")}><table class="board-table">
      <thead><tr><th scope="col">${_("Queue")}</th><th scope="col">${_("Waiting")}</th><th scope="col">${_("Longest wait")}</th><th scope="col">${_("Service level")}</th>
        <th scope="col">${_("Abandoned")}</th><th scope="col">${_("Free · talking · wrap")}</th></tr></thead>
      <tbody>${rows.value.map((queue) => html`<${Row} key=${queue.id} queue=${queue} />`)}</tbody>
    </table>
    ${!rows.value.length && html`<div class="empty"><${Icon} name="list-details" size="huge" /><b>${_("No queue is open")}</b><p>${_("Queues show here as soon as one is open.")}</p></div>`}</div>
  </section>`;
}
