// The colleagues on shift, with a one-click way to the transfer dialog while a call is mine.
import { computed, html } from "/static/vendor/ui.mjs";
import { _ } from "/static/js/i18n.js";
import { call, isOwner, me, team } from "/static/js/desk/store.js";
import { openTransfer } from "/static/js/desk/transfer.js";
import { stateOf, stateWords } from "/static/js/desk/words.js";
import { Avatar, Elapsed, Icon } from "/static/js/desk/pieces.js";

const ORDER = ["available", "ringing", "connecting", "talking", "held", "consulting", "wrap_up", "coaching", "training", "break", "missed"];
export const colleagues = computed(() =>
  (team.value?.agents ?? []).filter((agent) => agent.id !== me.value?.id && agent.display !== "offline")
    .sort((a, b) => ORDER.indexOf(a.display) - ORDER.indexOf(b.display) || a.name.localeCompare(b.name)));
const free = computed(() => colleagues.value.filter((agent) => agent.display === "available").length);
const inCalls = computed(() => colleagues.value.filter((agent) => ["connecting", "talking", "held", "consulting"].includes(agent.display)).length);

export const StateOfAgent = ({ agent }) => {
  const { icon, tone } = stateOf(agent.display);
  return html`<span class=${`agent-state tone-${tone}`}><${Icon} name=${icon} size="small" />${stateWords(agent.display, agent.break_code)}
    ${agent.display !== "available" && agent.display_since && html` <${Elapsed} since=${agent.display_since} />`}</span>`;
};

/** Whether a call can be passed to them: free, and a person, since nobody speaks at a seat that the demo plays. */
export const mayTake = (agent) => agent.display === "available" && !agent.simulated;

export const Simulated = ({ agent }) => agent.simulated && html`<span class="agent-state"><${Icon} name="robot" size="small" />${_("simulated")}</span>`;

export function Team() {
  const canTransfer = call.value && isOwner.value && !call.value.consult;
  return html`<div class="pane-head team-head"><h2>${_("Team")}</h2>
      <span class="end faint team-sum">${_("%(free)s free · %(busy)s in calls", { free: free.value, busy: inCalls.value })}</span></div>
    <ul class="team-list pane-scroll" tabindex="0" aria-label=${_("Team")}>${colleagues.value.map((agent) => html`
      <li key=${agent.id}><${Avatar} name=${agent.name} size="small" />
        <div class="min"><b class="truncate">${agent.name}</b><small class="row"><${StateOfAgent} agent=${agent} /><${Simulated} agent=${agent} /></small></div>
        ${canTransfer && !agent.simulated && html`<button type="button" class="icon-button small bordered" aria-label=${_("Transfer to %(name)s", { name: agent.name })} title=${_("Transfer to %(name)s", { name: agent.name })}
          onClick=${() => openTransfer(agent.id)}><${Icon} name="arrow-forward-up" size="small" /></button>`}
      </li>`)}
      ${!colleagues.value.length && html`<li class="waiting-none">${_("No colleague is on shift.")}</li>`}
    </ul>`;
}
