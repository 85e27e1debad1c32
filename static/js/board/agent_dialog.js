// Orders to one agent: another state, the ringing call back, the end of the shift. Each with a reason the agent reads.
import { html, useSignal } from "/static/vendor/ui.mjs";
import { _ } from "/static/js/i18n.js";
import { toast } from "/static/js/shell.js";
import { agentOf, fixed, order, queueOf } from "/static/js/board/store.js";
import { close } from "/static/js/board/opened.js";
import { lookOf, nameOf } from "/static/js/board/words.js";
import { Dialog, Elapsed, Icon, OrderButton, Reason, Refusal } from "/static/js/board/pieces.js";

const STATES = () => [
  ["available", "circle-check", _("Available")],
  ...fixed.break_codes.map((known) => [`break:${known.code}`, "coffee", nameOf(known.names)]),
  ["training", "school", _("Training")],
  ["coaching", "users-group", _("Coaching")],
  ["offline", "plug-connected-x", _("Offline")],
];

export function AgentDialog({ id }) {
  const agent = agentOf(id);
  const wish = useSignal("");
  const reason = useSignal("");
  const refused = useSignal(null);
  if (!agent) return html`<${Dialog} title=${_("Agent")} onClose=${close}><div class="dialog-body"><p>${_("This agent is not on shift any more.")}</p></div><//>`;
  const look = lookOf(agent);
  const busyNow = ["talking", "held", "consulting", "connecting", "ringing", "wrap_up"].includes(agent.state);
  const event = wish.value === "pull_back" ? "board.pull_back" : wish.value === "log_out" ? "board.log_out" : "board.state";

  async function give(submitted) {
    submitted.preventDefault();
    const [intent, code] = wish.value.split(":");
    const data = { agent: id, reason: reason.value, ...(event === "board.state" ? { intent, break_code: code ?? null } : {}) };
    const answer = await order(event, data);
    refused.value = answer.error ?? null;
    if (answer.error !== undefined) return;
    toast(_("Done. %(name)s has been told.", { name: agent.name }));
    close();
  }

  const Choice = ({ value, icon, children, hint }) => html`<label class="choice"><input type="radio" name="wish" value=${value} required checked=${wish.value === value}
    onChange=${() => { wish.value = value; }} /><${Icon} name=${icon} size="small" /><span class="min">${children}${hint && html`<span class="hint">${hint}</span>`}</span></label>`;

  return html`<${Dialog} title=${agent.name} onClose=${close}>
    <form class="form" onSubmit=${give}><div class="dialog-body">
      <p class="row"><span class=${`pill tone-${look.tone}`}><${Icon} name=${look.icon} size="small" />${look.word}</span><${Elapsed} since=${agent.since} />
        ${agent.queue && html`<span class="soft">${nameOf(queueOf(agent.queue)?.names)}</span>`}</p>
      <${Refusal} text=${refused.value?.message} />
      <fieldset class="field"><legend>${busyNow ? _("What the agent is to do after the work in hand") : _("What the agent is to do")}</legend>
        <div class="choices">${STATES().map(([value, icon, name]) => html`<${Choice} key=${value} value=${value} icon=${icon}>${name}<//>`)}</div></fieldset>
      <fieldset class="field"><legend>${_("Or at once")}</legend><div class="choices">
        ${agent.state === "ringing" && html`<${Choice} value="pull_back" icon="arrow-back-up" hint=${_("The caller keeps the place in line.")}>${_("Pull the ringing call back")}<//>`}
        <${Choice} value="log_out" icon="logout" hint=${_("Ends the shift and signs out every browser.")}>${_("Log out")}<//></div></fieldset>
      <${Reason} id="order-reason" value=${reason.value} onInput=${(text) => { reason.value = text; }} error=${refused.value?.fields?.reason} />
    </div><div class="dialog-foot">
      <button type="button" class="button" onClick=${close}>${_("Cancel")}</button>
      <${OrderButton} event=${event} icon="send" kind=${wish.value === "log_out" ? "danger" : "primary"}>${_("Give the order")}<//></div></form>
  <//>`;
}
