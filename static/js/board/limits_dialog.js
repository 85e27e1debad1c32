// The limits at which figures turn amber and red: of the house, or of one queue that has its own.
import { html, useSignal } from "/static/vendor/ui.mjs";
import { _ } from "/static/js/i18n.js";
import { toast } from "/static/js/shell.js";
import { image, limitsOf, order, queueOf } from "/static/js/board/store.js";
import { close } from "/static/js/board/opened.js";
import { nameOf } from "/static/js/board/words.js";
import { Dialog, Icon, OrderButton, Refusal } from "/static/js/board/pieces.js";

/** [what, unit, amber, red]; a measure with one limit has no red one. */
const ROWS = (ofQueue) => [
  [_("Longest wait"), _("seconds"), "wait_warn_s", "wait_bad_s"],
  [_("Callers waiting"), "", "waiting_warn", "waiting_bad"],
  [_("Abandoned"), "%", "abandoned_warn_percent", "abandoned_bad_percent"],
  ...(ofQueue ? [] : [[_("Agents free"), _("fewer than · down to"), "free_warn", "free_bad"]]),
  [_("Length of a call"), _("seconds"), "call_warn_s", "call_bad_s"],
  [_("Wrap-up"), _("seconds"), "wrap_warn_s", "wrap_bad_s"],
  [_("Service level"), _("points under the goal, then red"), "level_margin", ""],
];

export function LimitsDialog({ id }) {
  const queue = id === null ? null : queueOf(id);
  const typed = useSignal({ ...(queue ? limitsOf(queue) : image.value.limits) });
  const refused = useSignal(null);

  async function save(limits) {
    const answer = await order("board.limits", { queue: id, limits });
    refused.value = answer.error ?? null;
    if (answer.error !== undefined) return;
    toast(_("The limits are saved; every board follows."));
    close();
  }

  const Field = ({ name, label }) => {
    const error = refused.value?.fields?.[name];
    return html`<div class="field"><input class="input" type="number" min="0" step="1" required id=${name} aria-label=${label} value=${typed.value[name]}
      onInput=${(change) => { typed.value = { ...typed.value, [name]: change.target.value }; }} aria-invalid=${error ? "true" : undefined} aria-describedby=${error ? `${name}-error` : undefined} />
      ${error && html`<span class="field-error" id=${`${name}-error`}><${Icon} name="alert-circle" size="small" /><span>${error}</span></span>`}</div>`;
  };

  return html`<${Dialog} title=${queue ? _("Limits of %(queue)s", { queue: nameOf(queue.names) }) : _("Limits of the board")} onClose=${close}>
    <form class="form" onSubmit=${(submitted) => { submitted.preventDefault(); save(typed.value); }}><div class="dialog-body">
      <p class="soft">${queue ? _("They hold for this queue and the calls of it.") : _("They hold for the whole board and for every queue without limits of its own.")}</p>
      <${Refusal} text=${refused.value?.message} />
      <table class="limits"><thead><tr><th scope="col">${_("Measure")}</th><th scope="col">${_("Amber")}</th><th scope="col">${_("Red")}</th></tr></thead><tbody>
        ${ROWS(queue !== null).map(([what, unit, warn, bad]) => html`<tr key=${warn}><th scope="row">${what}${unit && html`<small class="faint">${unit}</small>`}</th>
          <td><${Field} name=${warn} label=${_("%(measure)s, amber", { measure: what })} /></td>
          <td>${bad ? html`<${Field} name=${bad} label=${_("%(measure)s, red", { measure: what })} />` : ""}</td></tr>`)}
      </tbody></table>
    </div><div class="dialog-foot">
      ${queue?.limits && html`<button type="button" class="button quiet" onClick=${() => save(null)}>${_("Use the board's limits")}</button>`}
      <button type="button" class="button" onClick=${close}>${_("Cancel")}</button>
      <${OrderButton} event="board.limits" icon="check">${_("Save")}<//></div></form>
  <//>`;
}
