// What needs somebody: each breach with what could be done, newest first; who takes care of one says so.
import { effect, html } from "/static/vendor/ui.mjs";
import { _, fmt } from "/static/js/i18n.js";
import { acknowledge, attention, canOrder, fixed, secondsSince, unwatched } from "/static/js/board/store.js";
import { notify, showBadge } from "/static/js/notices.js";
import { chime } from "/static/js/board/chime.js";
import { opened } from "/static/js/board/opened.js";
import { adviceOf, titleOf } from "/static/js/board/words.js";
import { Icon } from "/static/js/board/pieces.js";

const since = (when) => {
  const seconds = secondsSince(when);
  return seconds < 15 ? _("now") : fmt.duration(seconds);
};

const Since = ({ when }) => html`<span class="tabular faint">${since(when)}</span>`;

/** On a television's link nobody is named: the server sends a dot. */
const takenBy = (name) => (fixed.wall ? _("Somebody takes care of it") : _("%(name)s takes care of it", { name }));

function Entry({ breach }) {
  const bad = breach.tone > 1;
  const title = titleOf(breach);
  const target = breach.scope === "house" ? null : { kind: breach.scope, id: breach.subject };
  return html`<li class=${breach.seen_by ? "seen" : ""}>
    <span class=${`pill ${bad ? "tone-bad" : "tone-warn"}`}><${Icon} name="alert-triangle" size="small" />${bad ? _("Act now") : _("Watch")}</span>
    <div class="min">${fixed.may_control && target
      ? html`<button type="button" class="plain truncate" aria-haspopup="dialog" onClick=${() => { opened.value = target; }}><b>${title}</b></button>`
      : html`<b class="truncate">${title}</b>`}
      <small class="truncate">${breach.seen_by ? takenBy(breach.seen_by) : adviceOf(breach)}</small></div>
    <${Since} when=${breach.risen_at} />
    ${fixed.may_control && !breach.seen_by && html`<button type="button" class="icon-button small bordered" disabled=${!canOrder.value}
      aria-label=${_("I take care of it: %(what)s", { what: title })} title=${_("I take care of it")} onClick=${() => acknowledge(breach)}><${Icon} name="check" size="small" /></button>`}
  </li>`;
}

export function Attention() {
  const list = attention.value;
  return html`<section class="pane board-attention" aria-label=${_("Needs attention")}>
    <div class="pane-head"><h2>${_("Needs attention")}</h2><span class="count">${fmt.number(list.length)}</span></div>
    <div class="board-scroll" tabindex="0" role="group" aria-label=${_("Needs attention")}>
      ${unwatched.value && html`<div class="callout tone-warn"><${Icon} name="alert-triangle" /><b>${_("Nobody looks at the limits")}</b>
        <div class="callout-body">${_("Colours and this list may be old: the worker process does not answer.")}</div></div>`}
      <ul class="attention">${list.map((breach) => html`<${Entry} key=${breach.id} breach=${breach} />`)}</ul>
      ${!list.length && html`<div class="empty"><${Icon} name="circle-check" size="huge" /><b>${_("All inside their limits")}</b><p>${_("What crosses a limit shows here, with what could be done.")}</p></div>`}
    </div></section>`;
}

// One chime for each breach that is new since the page was opened, and the count of what nobody has taken in the title
const announcer = document.querySelector("[data-announcer]");
let known = null;
effect(() => {
  const list = attention.value;
  const fresh = list.filter((breach) => known && !known.has(`${breach.id} ${breach.risen_at}`) && !breach.seen_by);
  if (list.length || known) known = new Set([...(known ?? []), ...list.map((breach) => `${breach.id} ${breach.risen_at}`)]);
  if (fresh.length) {
    chime(Math.max(...fresh.map((breach) => breach.tone)));
    const red = fresh.filter((breach) => breach.tone > 1).map(titleOf).join(". ");
    announcer.textContent = red;
    if (red) notify(_("Needs attention"), red, { tag: "hearback-board" });
  }
  showBadge(list.filter((breach) => breach.tone > 1 && !breach.seen_by).length);
});
