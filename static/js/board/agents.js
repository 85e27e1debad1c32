// The agents on shift as cards: who is in a call first, then who is free, and within each group the longest time first.
import { computed, html } from "/static/vendor/ui.mjs";
import { _, ngettext } from "/static/js/i18n.js";
import { fixed, image, queueOf, steady, toneOf } from "/static/js/board/store.js";
import { opened } from "/static/js/board/opened.js";
import { lookOf, nameOf, TONES } from "/static/js/board/words.js";
import { Elapsed, Icon } from "/static/js/board/pieces.js";

const agents = computed(() => image.value?.agents ?? []);
/** More than fit a wall in full: smaller cards without pictures. */
const MANY = 18;
/** So few that names may stand in full. */
const FEW = 10;
const cards = steady(agents, (a, b) => lookOf(a).group - lookOf(b).group || Date.parse(a.since) - Date.parse(b.since));

function Card({ agent }) {
  const look = lookOf(agent);
  const over = toneOf("agent", agent.id);
  const atWork = ["talking", "connecting", "ringing"].includes(agent.state);
  const long = over > 1 && (agent.state === "wrap_up" ? _("Too long") : _("Long call"));
  const detail = long || (atWork && agent.queue ? nameOf(queueOf(agent.queue)?.names) : look.word);
  const content = html`<span class=${`icon-tile tone-${over ? TONES[over] : look.tone} ${over > 1 ? "filled" : ""}`}><${Icon} name=${look.icon} /></span>
    <b class="truncate">${agent.simulated ? html`<${Icon} name="robot" size="small" /><span class="visually-hidden"> ${_("simulated")} </span> ` : ""}${agent.override ? html`<span title=${_("Override until %(day)s", { day: agent.override })}><${Icon} name="alert-triangle" size="small" /><span class="visually-hidden"> ${_("Override until %(day)s", { day: agent.override })} </span></span> ` : ""}${agent.name}</b>
    <span class=${`card-state truncate ${over ? `tone-${TONES[over]} tone-text` : "soft"}`}><span class=${atWork || long ? "visually-hidden" : ""}>${look.word} </span>${(atWork || long) && detail}</span>
    <span class="card-time"><${Elapsed} since=${agent.since} /></span>`;
  const kind = `agent-card ${over > 1 ? "tone-bad toned" : ""}`;
  if (!fixed.may_control) return html`<li><div class=${kind}>${content}</div></li>`;
  return html`<li><button type="button" class=${kind} aria-haspopup="dialog" onClick=${() => { opened.value = { kind: "agent", id: agent.id }; }}>${content}</button></li>`;
}

export function Agents() {
  const { calls = 0, free = 0, wrap = 0, away = 0 } = image.value.house.groups;
  return html`<section class="pane board-agents" aria-label=${_("Agents")}>
    <div class="pane-head"><h2>${_("Agents")}</h2><div class="end row wrap">
      <span class="pill tone-info"><${Icon} name="phone-call" size="small" />${ngettext("%(num)s in calls", "%(num)s in calls", calls)}</span>
      <span class="pill tone-ok">${ngettext("%(num)s free", "%(num)s free", free)}</span>
      <span class="pill tone-violet">${ngettext("%(num)s wrap-up", "%(num)s wrap-up", wrap)}</span>
      <span class="pill tone-warn">${ngettext("%(num)s away", "%(num)s away", away)}</span></div></div>
    <div class="board-scroll" tabindex="0" role="group" aria-label=${_("Agents")}><ul class=${`agent-cards ${cards.value.length > MANY ? "many" : cards.value.length <= FEW ? "few" : ""}`}>${cards.value.map((agent) => html`<${Card} key=${agent.id} agent=${agent} />`)}</ul>
    ${cards.value.some((agent) => agent.simulated) && html`<p class="card-legend soft"><${Icon} name="robot" size="small" /> ${_("simulated: the demo plays this agent")}</p>`}
    ${cards.value.some((agent) => agent.override) && html`<p class="card-legend soft"><${Icon} name="alert-triangle" size="small" /> ${_("override: takes calls without an exam, for a few days")}</p>`}
    ${fixed.people === "none" && html`<div class="empty"><${Icon} name="eye-off" size="huge" /><b>${_("Agents are not shown on this screen")}</b></div>`}
    ${!cards.value.length && fixed.people !== "none" && html`<div class="empty"><${Icon} name="headset" size="huge" /><b>${_("Nobody is on shift")}</b><p>${_("Agents show here as soon as they open their desk.")}</p></div>`}</div>
  </section>`;
}

