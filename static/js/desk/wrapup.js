// After-call work on the same screen: result (required), topics, phase, note, follow-up SMS, a timer that can be extended.
// Whatever goes wrong while saving, everything typed stays.
import { html, useSignal } from "/static/vendor/ui.mjs";
import { _, fmt } from "/static/js/i18n.js";
import { RequestFailed, tick } from "/static/js/live.js";
import { toast } from "/static/js/shell.js";
import { act, busy, canAct, fixed, live } from "/static/js/desk/store.js";
import { change, flush, forget, tooLong } from "/static/js/desk/drafts.js";
import { person } from "/static/js/desk/screen_pop.js";
import { FollowUps, tickedSms } from "/static/js/desk/follow_ups.js";
import { nameOf, shortPhase } from "/static/js/desk/words.js";
import { Note } from "/static/js/desk/work.js";
import { ActButton, Icon, Pill } from "/static/js/desk/pieces.js";

const ofQueue = (list, queue) => list.filter((entry) => entry.queue === null || entry.queue === undefined || entry.queue === queue);

/** Counts up against the queue's target: amber from 80 % on, red past it. */
export function WrapTimer({ open }) {
  const spent = Math.max(0, (tick.value + live.offset.value - Date.parse(open.started_at)) / 1000);
  const target = Math.max(1, (Date.parse(open.deadline) - Date.parse(open.started_at)) / 1000);
  const tone = spent > target ? "bad" : spent > target * 0.8 ? "warn" : "ok";
  const word = { ok: _("in time"), warn: _("nearly over"), bad: _("over") }[tone];
  return html`<span class="wrap-timer"><${Pill} tone=${tone} icon="clock"><span class="tabular">${fmt.duration(spent)} / ${fmt.duration(target)}</span> ${word}<//>
    ${open.can_extend && html`<${ActButton} class="small" icon="clock-pause" waitsFor="wrapup.extend" run=${() => act("wrapup.extend", { reservation: open.reservation })}>${_("More time")}<//>`}</span>`;
}

function Results({ draft, queue, error }) {
  const chosen = draft.fields.value.disposition;
  return html`<fieldset class="field" aria-describedby=${error ? "wrap-disposition-error" : undefined}>
    <legend>${_("Result")} <span class="required">${_("required")}</span></legend>
    <div class="results" role="radiogroup" aria-label=${_("Result")} aria-invalid=${error ? "true" : undefined} id="wrap-disposition" tabindex="-1">${ofQueue(fixed.dispositions, queue).map((known) => html`
      <label key=${known.id} class="chip-choice"><input type="radio" name="disposition" checked=${chosen === known.id} onChange=${() => change(draft, { disposition: known.id })} /><span>${nameOf(known.names)}</span></label>`)}</div>
    ${error && html`<span class="field-error" id="wrap-disposition-error"><${Icon} name="alert-circle" size="small" /><span>${error}</span></span>`}
  </fieldset>`;
}

function Topics({ draft, open, error }) {
  // Nothing chosen yet: the topic the caller picked is a fair start
  const chosen = draft.fields.value.topics;
  const toggle = (id) => change(draft, { topics: chosen.includes(id) ? chosen.filter((known) => known !== id) : [...chosen, id] });
  return html`<fieldset class="field"><legend>${_("Topics")}</legend><div class="results">${ofQueue(fixed.topics, open.queue.id).map((known) => html`
    <label key=${known.id} class="chip-choice"><input type="checkbox" checked=${chosen.includes(known.id)} onChange=${() => toggle(known.id)} /><span>${nameOf(known.names)}</span></label>`)}</div>
    ${error && html`<span class="field-error">${error}</span>`}</fieldset>`;
}

const Phase = ({ draft }) => html`<fieldset class="field"><legend>${_("Phase of the delivery")}</legend>
  <div class="segments phase">${(fixed.phases ?? ["before", "during", "after"]).map((code) => html`
    <button type="button" key=${code} class="segment" aria-pressed=${draft.fields.value.phase === code ? "true" : "false"} onClick=${() => change(draft, { phase: draft.fields.peek().phase === code ? "" : code })}>${shortPhase(code)}</button>`)}</div></fieldset>`;

/** Sends the wrap-up; resolves with the errors by field, empty when it was saved. */
async function save(open, draft) {
  const fields = draft.fields.peek();
  if (!fields.disposition) return { disposition: _("Please choose how the contact ended.") };
  if (tooLong(draft)) return { note: _("The note is too long.") };
  await flush(draft);
  try {
    await live.request("wrapup.save", {
      reservation: open.reservation, note: fields.note, disposition: fields.disposition, topics: fields.topics, phase: fields.phase || null,
      customer: person.peek()?.customer?.id ?? open.customer_id ?? null, sms: tickedSms(fields.sms), key: draft.key,
    });
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    if (error.code === "signed_out") return { all: _("Please sign in again; then save. Everything is still here.") };
    return { all: error.message, ...error.fields };
  }
  forget(draft);
  toast(_("Saved."));
  return {};
}

const saving = "wrapup.save";

export function WrapUp({ open, draft }) {
  const errors = useSignal({});
  if (!draft.begun) {
    draft.begun = true;
    if (!draft.fields.peek().topics.length && open.topic) change(draft, { topics: [open.topic.id] });
  }
  const submit = async (event) => {
    event?.preventDefault();
    if (busy.peek().has(saving) || !canAct.peek()) return;
    busy.value = new Set(busy.peek()).add(saving);
    errors.value = {};
    try {
      errors.value = await save(open, draft);
    } finally {
      const rest = new Set(busy.peek());
      rest.delete(saving);
      busy.value = rest;
    }
    if (errors.value.disposition) document.querySelector("#wrap-disposition input")?.focus();
  };
  const keys = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) submit(event);
  };
  const found = errors.value;
  return html`<form class="work-form wrap-form" onSubmit=${submit} onKeyDown=${keys} aria-label=${_("Wrap-up")} novalidate>
    ${found.all && html`<div class="error-summary" role="alert"><b>${_("Not saved.")}</b> ${found.all}</div>`}
    <${Results} draft=${draft} queue=${open.queue.id} error=${!draft.fields.value.disposition && found.disposition} />
    <div class="form-grid"><${Topics} draft=${draft} open=${open} error=${found.topics} /><${Phase} draft=${draft} /></div>
    <${Note} draft=${draft} rows=${3} id="wrap-note" />
    ${found.note && html`<span class="field-error">${found.note}</span>`}
    <${FollowUps} draft=${draft} open=${open} error=${found.sms} />
    <div class="form-actions wrap-actions">
      <button type="submit" class="button primary" disabled=${!canAct.value} aria-busy=${busy.value.has(saving) ? "true" : undefined}><${Icon} name="check" size="small" />${_("Save and finish")} <kbd class="keyboard-only" aria-hidden="true">Ctrl Enter</kbd></button>
      <span class="hint">${_("You are free for the next call as soon as it is saved.")}</span>
    </div>
  </form>`;
}
