// Passing the call on: to a colleague (ask first, or at once) or to a queue. Words for the next one travel with it.
import { computed, html, signal, useEffect, useSignal } from "/static/vendor/ui.mjs";
import { _, ngettext } from "/static/js/i18n.js";
import { act, call, fixed, queues } from "/static/js/desk/store.js";
import { colleagues, mayTake, Simulated, StateOfAgent } from "/static/js/desk/team.js";
import { moment, nameOf } from "/static/js/desk/words.js";
import { ActButton, Avatar, Dialog, Icon } from "/static/js/desk/pieces.js";

/** null: closed; otherwise {agent: id | null}. */
export const transferring = signal(null);
export const openTransfer = (agent = null) => { transferring.value = { agent }; };
const close = () => { transferring.value = null; };

const inQueue = computed(() => new Map([...queues.value.values()].map((image) => [image.queue, image.count])));

function Agents({ picked, filter }) {
  const wanted = filter.value.trim().toLowerCase();
  const shown = colleagues.value.filter((agent) => agent.name.toLowerCase().includes(wanted));
  return html`<input class="input" type="search" placeholder=${_("Search colleagues")} aria-label=${_("Search colleagues")} value=${filter.value} onInput=${(event) => { filter.value = event.target.value; }} />
    <div class="pick-list" role="radiogroup" aria-label=${_("Colleague")} tabindex=${shown.some(mayTake) ? undefined : 0}>${shown.map((agent) => html`
      <label key=${agent.id} class=${`pick ${mayTake(agent) ? "" : "off"}`}>
        <input type="radio" name="transfer-agent" checked=${picked.value === agent.id} disabled=${!mayTake(agent)} onChange=${() => { picked.value = agent.id; }} />
        <${Avatar} name=${agent.name} size="small" /><span class="grow min"><b class="truncate">${agent.name}</b><small class="row"><${StateOfAgent} agent=${agent} /><${Simulated} agent=${agent} /></small></span>
      </label>`)}
      ${!shown.length && html`<p class="soft">${_("No colleague is found.")}</p>`}
    </div>`;
}

/** Queue id -> when it opens again, of those that take nobody in at this hour. */
const outside = signal({});
async function lookAtHours() {
  try {
    const answer = await fetch(fixed.urls.closed, { headers: { Accept: "application/json" } });
    if (answer.ok) outside.value = (await answer.json()).queues;
  } catch {
    // The transfer itself would say so
  }
}

const opens = (when) => (when ? _("Closed now, opens %(time)s", { time: moment(when) }) : _("Closed now"));

const Queues = ({ picked }) => html`<div class="pick-list" role="radiogroup" aria-label=${_("Queue")}>${fixed.queues.map((queue) => {
  const waiting = inQueue.value.get(queue.id) ?? 0;
  const closed = String(queue.id) in outside.value;
  if (closed) {
    return html`<label key=${queue.id} class="pick off"><input type="radio" name="transfer-queue" disabled />
      <${Icon} name="clock-pause" /><span class="grow min"><b class="truncate">${nameOf(queue.names)}</b><small>${opens(outside.value[queue.id])}</small></span></label>`;
  }
  return html`<label key=${queue.id} class="pick">
    <input type="radio" name="transfer-queue" checked=${picked.value === queue.id} onChange=${() => { picked.value = queue.id; }} />
    <${Icon} name="users-group" /><span class="grow min"><b class="truncate">${nameOf(queue.names)}</b><small>${waiting ? ngettext("%(num)s waiting", "%(num)s waiting", waiting) : _("Nobody is waiting.")}</small></span>
  </label>`;
})}</div>`;

export function TransferDialog() {
  const to = useSignal("agent");
  const agent = useSignal(transferring.peek().agent);
  const queue = useSignal(null);
  const filter = useSignal("");
  const note = useSignal("");
  useEffect(() => { lookAtHours(); }, []);
  const current = call.value;
  if (!current) return close();
  const target = colleagues.value.find((known) => known.id === agent.value);
  const ready = to.value === "agent" ? Boolean(target && mayTake(target)) : queue.value !== null;
  const transfer = async () => {
    const where = to.value === "agent" ? { agent: agent.value } : { queue: queue.value };
    if (await act("call.transfer", { call: current.id, note: note.value, ...where }, { key: "call.transfer" })) close();
  };
  const consult = async () => {
    if (await act("call.consult", { call: current.id, agent: agent.value, note: note.value }, { key: "call.consult" })) close();
  };
  const tab = (code, icon, words) => html`<button type="button" class="segment" aria-pressed=${to.value === code ? "true" : "false"} onClick=${() => { to.value = code; }}>${words}</button>`;
  return html`<${Dialog} title=${_("Transfer this call")} onClose=${close}>
    <div class="dialog-body">
      <div class="segments" role="group" aria-label=${_("Where to")}>${tab("agent", "user", _("To a colleague"))}${tab("queue", "users", _("To a queue"))}</div>
      ${to.value === "agent" ? html`<${Agents} picked=${agent} filter=${filter} />` : html`<${Queues} picked=${queue} />`}
      <div class="field"><label for="transfer-note">${_("What the next one should know")} <span class="optional">(${_("optional")})</span></label>
        <textarea class="input" id="transfer-note" rows="2" maxlength="500" value=${note.value} onInput=${(event) => { note.value = event.target.value; }}></textarea></div>
      <p class="hint">${to.value === "agent"
        ? _("Consult first: the caller hears music while you talk to your colleague, then you complete the transfer or come back.")
        : _("The caller waits in that queue, ahead of new callers, and you go on to the wrap-up.")}</p>
    </div>
    <div class="dialog-foot">
      <button type="button" class="button" onClick=${close}>${_("Cancel")}</button>
      <${ActButton} icon="arrow-forward-up" class=${to.value === "queue" ? "primary" : ""} disabled=${!ready} waitsFor="call.transfer" run=${transfer}>${_("Transfer now")}<//>
      ${to.value === "agent" && html`<${ActButton} icon="users" class="primary" disabled=${!ready} waitsFor="call.consult" run=${consult}>${_("Consult first")}<//>`}
    </div>
  <//>`;
}
