// The work pane: what the agent writes (note in a call, wrap-up after it) and what happened before (timeline).
import { html, signal } from "/static/vendor/ui.mjs";
import { _, fmt } from "/static/js/i18n.js";
import { call, wrapup } from "/static/js/desk/store.js";
import { change, draftOf, flush, tooLong } from "/static/js/desk/drafts.js";
import { person } from "/static/js/desk/screen_pop.js";
import { moment, nameOf } from "/static/js/desk/words.js";
import { WrapUp, WrapTimer } from "/static/js/desk/wrapup.js";
import { Interview } from "/static/js/desk/interview.js";
import { Saved } from "/static/js/desk/work_saved.js";
import { Icon } from "/static/js/desk/pieces.js";

const tab = signal("write");

export function Note({ draft, rows = 4, id = "call-note" }) {
  return html`<div class="field"><div class="field-head"><label for=${id}>${_("Call note")}</label><${Saved} draft=${draft} /></div>
    <textarea class="input" id=${id} rows=${rows} value=${draft.fields.value.note} aria-invalid=${tooLong(draft) ? "true" : undefined}
      placeholder=${_("What the customer needs, what you agreed")}
      onInput=${(event) => change(draft, { note: event.target.value })} onBlur=${() => flush(draft)}></textarea></div>`;
}

/** Kinds the server gives icon and words for; `limit` for the short list under the note. */
export function Timeline({ limit = 50 }) {
  const entries = (person.value?.timeline ?? []).slice(0, limit);
  if (!entries.length) return html`<p class="soft timeline-none">${person.value?.customer ? _("Nothing happened with this customer before.") : _("The history appears once the customer is known.")}</p>`;
  return html`<ul class="timeline desk-timeline">${entries.map((entry) => html`<li key=${`${entry.kind}.${entry.id}`}>
    <span class=${`icon-tile ${entry.tone ? `tone-${entry.tone}` : ""}`}><${Icon} name=${entry.icon} /></span>
    <div class="min"><b>${entry.title}</b>${entry.disposition_names && html`<span class="soft"> · ${nameOf(entry.disposition_names)}</span>`}
      ${entry.text && html`<p class="timeline-text">${entry.text}</p>`}
      ${entry.agent && html`<p class="faint">${entry.agent}</p>`}</div>
    <time dateTime=${entry.at}>${moment(entry.at)}</time></li>`)}</ul>`;
}

function Tabs({ writing }) {
  const count = person.value?.timeline.length ?? 0;
  const one = (code, icon, words, number) => html`<button type="button" role="tab" class="tab" id=${`tab-${code}`} aria-selected=${tab.value === code ? "true" : "false"} aria-controls="work-panel"
    tabindex=${tab.value === code ? 0 : -1} onClick=${() => { tab.value = code; }}><${Icon} name=${icon} size="small" />${words}${number > 0 && html`<span class="count">${fmt.number(number)}</span>`}</button>`;
  const move = (event) => {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    tab.value = tab.value === "write" ? "timeline" : "write";
    document.getElementById(`tab-${tab.value}`).focus();
  };
  return html`<div class="work-head"><div class="tabs" role="tablist" aria-label=${_("Work")} onKeyDown=${move}>
    ${one("write", "pencil", writing)}${one("timeline", "history", _("Timeline"), count)}</div>
    ${wrapup.value && !call.value && html`<${WrapTimer} open=${wrapup.value} />`}</div>`;
}

function Writing({ inCall }) {
  const work = call.value ?? wrapup.value;
  const draft = draftOf(work.reservation, work.draft);
  if (work.kind === "quality") return html`<${Interview} key=${work.reservation} open=${work} draft=${draft} inCall=${inCall} />`;
  if (!inCall) return html`<${WrapUp} key=${work.reservation} open=${work} draft=${draft} />`;
  return html`<div class="work-form"><${Note} key=${work.reservation} draft=${draft} rows=${5} /></div>
    <section class="latest"><h3 class="section-title"><${Icon} name="history" size="small" />${_("Latest contact")}</h3><${Timeline} limit=${6} /></section>`;
}

export function Work() {
  const inCall = call.value !== null;
  return html`<section class="pane work" aria-label=${_("Work")}>
    <${Tabs} writing=${(call.value ?? wrapup.value)?.kind === "quality" ? _("Questions") : inCall ? _("Note") : _("Wrap-up")} />
    <div class="pane-scroll work-panel" id="work-panel" role="tabpanel" aria-labelledby=${`tab-${tab.value}`} tabindex="0">
      ${tab.value === "timeline" ? html`<div class="latest"><${Timeline} /></div>` : html`<${Writing} inCall=${inCall} />`}
    </div></section>`;
}
