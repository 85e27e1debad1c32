// The quality call on the desk: the script in the customer's language, the contact it is about, the questions, how it ended.
// Answers live in the draft of the contact: they survive a reload and are kept with the wrap-up. Who was rated is not told here.
import { html, signal, useSignal } from "/static/vendor/ui.mjs";
import { _, fmt } from "/static/js/i18n.js";
import { RequestFailed } from "/static/js/live.js";
import { toast } from "/static/js/shell.js";
import { askJson, busy, canAct, live } from "/static/js/desk/store.js";
import { change, flush, forget } from "/static/js/desk/drafts.js";
import { Icon } from "/static/js/desk/pieces.js";
import { Saved } from "/static/js/desk/work_saved.js";
import { nameOf } from "/static/js/desk/words.js";

const OUTCOMES = () => [
  ["interviewed", _("Interviewed")], ["partial", _("Interviewed in part")], ["refused", _("Refused, never ask again")],
  ["no_answer", _("Nobody answered")], ["voicemail", _("A machine answered")], ["appointment", _("Appointment")], ["link", _("Wants the link instead")], ["wrong_number", _("Wrong number")], ["other_language", _("No language in common")],
];
const panels = new Map(); // reservation -> signal({script} | null while it is read | "failed")

function panelOf(reservation) {
  if (!panels.has(reservation)) {
    const known = signal(null);
    panels.set(reservation, known);
    askJson(`/desk/quality/${reservation}.json`).then((answer) => { known.value = answer; }, () => { known.value = "failed"; });
  }
  return panels.get(reservation);
}

const again = (reservation) => { panels.delete(reservation); return panelOf(reservation); };

function Choice({ name, value, chosen, onChoose, lang, children }) {
  return html`<label class="chip-choice" lang=${lang}><input type="radio" name=${name} value=${value} checked=${chosen === value} onChange=${() => onChoose(value)} /><span>${children}</span></label>`;
}

function Rating({ asked, panel, value, onChoose }) {
  return html`<fieldset class="field rating"><${Legend} asked=${asked} panel=${panel} />
    <div class="rating-scale"><span class="faint" lang=${panel.language} aria-hidden="true">${panel.low}</span>
      ${[1, 2, 3, 4, 5].map((mark) => html`<${Choice} key=${mark} name=${`rating-${asked.key}`} value=${mark} chosen=${value} onChoose=${onChoose}>${mark}<//>`)}
      <span class="faint" lang=${panel.language} aria-hidden="true">${panel.high}</span></div></fieldset>`;
}

function Text({ id, label, lang, value, onType, draft }) {
  return html`<div class="field"><label for=${id} lang=${lang}>${label}</label>
    <textarea class="input" id=${id} rows="2" maxlength="2000" dir="auto" value=${value ?? ""} onInput=${(event) => onType(event.target.value)} onBlur=${() => flush(draft)}></textarea></div>`;
}

/** What is asked of the customer; what they may leave out is marked, for the caller. */
const Legend = ({ asked, panel }) => html`<legend><span lang=${panel.language}>${asked.question}</span>${asked.added && !asked.required && html` <span class="optional">(${_("optional")})</span>`}</legend>`;

function YesNo({ asked, panel, value, onChoose }) {
  return html`<fieldset class="field"><${Legend} asked=${asked} panel=${panel} /><div class="results">
    <${Choice} name=${asked.key} value=${true} chosen=${value} lang=${panel.language} onChoose=${() => onChoose(true)}>${panel.yes}<//>
    <${Choice} name=${asked.key} value=${false} chosen=${value} lang=${panel.language} onChoose=${() => onChoose(false)}>${panel.no}<//></div></fieldset>`;
}

/** One item of the version that is asked. The core and the standing ones have places of their own in the answers. */
function Item({ asked, panel, part, latest, set, draft }) {
  const key = asked.key;
  const setIn = (place) => (value) => set({ [place]: { ...latest()[place], [key]: value } });
  if (asked.kind === "settled") {
    return html`<fieldset class="field"><${Legend} asked=${asked} panel=${panel} /><div class="results">
      ${["yes", "partly", "no"].map((code) => html`<${Choice} key=${code} name="settled" value=${code} chosen=${part.settled} lang=${panel.language} onChoose=${(settled) => set({ settled })}>${panel.settled[code]}<//>`)}</div></fieldset>`;
  }
  if (asked.kind === "rating") {
    const place = asked.added ? "extra" : "ratings";
    return html`<${Rating} asked=${asked} panel=${panel} value=${part[place]?.[key]} onChoose=${setIn(place)} />`;
  }
  if (asked.kind === "yes_no" || asked.kind === "permission") {
    return html`<${YesNo} asked=${asked} panel=${panel} value=${asked.added ? part.extra?.[key] : part[key]} onChoose=${asked.added ? setIn("extra") : (value) => set({ [key]: value })} />`;
  }
  const text = html`<${Text} id=${`interview-${key}`} label=${asked.question} lang=${panel.language} value=${asked.added ? part.extra?.[key] : part[key]} draft=${draft}
    onType=${asked.added ? setIn("extra") : (value) => set({ [key]: value })} />`;
  if (asked.kind !== "need") return text;
  return html`${text}${part.need && html`<div class="results" role="radiogroup" aria-label=${_("How far from a matter of course")}>${Object.entries(panel.need_levels).map(([code, words]) => html`
    <${Choice} key=${code} name="need_level" value=${code} chosen=${part.need_level} lang=${panel.language} onChoose=${(level) => set({ need_level: level })}>${words}<//>`)}</div>`}`;
}

/** The moment as the input wants it, on the caller's own clock. */
function localInput(iso) {
  if (!iso) return "";
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function About({ panel }) {
  return html`<div class="interview-about"><p><${Icon} name="history" size="small" /><b>${_("About the contact of %(date)s", { date: fmt.dateTime(panel.about.at) })}</b>
      <span class="soft"> · ${nameOf(panel.about.queue_names)}${Object.keys(panel.about.topic_names).length > 0 && html` · ${nameOf(panel.about.topic_names)}`}</span></p>
    ${panel.note && html`<p><${Icon} name="note" size="small" /><span dir="auto">${panel.note}</span></p>`}
    <p class="faint"><${Icon} name="eye-off" size="small" />${_("Who handled it is shown once the ratings are in.")}</p></div>`;
}

const Say = ({ panel, children }) => html`<blockquote class="say" lang=${panel.language}><${Icon} name="message-circle" size="small" /><span>${children}</span></blockquote>`;

async function save(open, draft) {
  await flush(draft);
  try {
    await live.request("wrapup.save", { reservation: open.reservation, note: "", topics: [], sms: [], part: draft.fields.peek().part ?? {}, key: draft.key });
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    if (error.code === "signed_out") return { all: _("Please sign in again; then save. Everything is still here.") };
    return { all: error.message, ...error.fields };
  }
  forget(draft);
  panels.delete(open.reservation);
  toast(_("Saved."));
  return {};
}

export function Interview({ open, draft, inCall }) {
  const errors = useSignal({});
  const panel = panelOf(open.reservation).value;
  if (panel === null) return html`<div class="work-form" aria-busy="true"><p class="soft">${_("Loading the questions…")}</p></div>`;
  if (panel === "failed") {
    return html`<div class="work-form"><p class="soft">${_("The questions could not be loaded.")}</p>
      <button type="button" class="button small" onClick=${() => { again(open.reservation); errors.value = {}; }}>${_("Try again")}</button></div>`;
  }
  const part = draft.fields.value.part ?? {};
  const latest = () => draft.fields.peek().part ?? {};
  const set = (fields) => change(draft, { part: { ...latest(), ...fields } });
  // The direction of the scale is said before the first rating
  const scaled = panel.items.find((asked) => asked.kind === "rating")?.key;
  const submit = async (event) => {
    event.preventDefault();
    if (inCall || busy.peek().has("wrapup.save") || !canAct.peek()) return;
    busy.value = new Set(busy.peek()).add("wrapup.save");
    try {
      errors.value = await save(open, draft);
    } finally {
      const rest = new Set(busy.peek());
      rest.delete("wrapup.save");
      busy.value = rest;
    }
    if (errors.value.outcome) document.querySelector("#interview-outcome input")?.focus();
  };
  const found = errors.value;
  return html`<form class="work-form interview" onSubmit=${submit} aria-label=${_("Quality call")} novalidate>
    <div class="field-head"><${About} panel=${panel} /><${Saved} draft=${draft} /></div>
    ${found.all && html`<div class="error-summary" role="alert"><b>${_("Not saved.")}</b> ${found.all}</div>`}
    <${Say} panel=${panel}>${panel.opening}<//>
    ${panel.items.map((asked) => html`${asked.key === scaled && html`<${Say} panel=${panel}>${panel.scale}<//>`}
      <${Item} key=${asked.key} asked=${asked} panel=${panel} part=${part} latest=${latest} set=${set} draft=${draft} />`)}
    <${Say} panel=${panel}>${panel.closing}<//>
    <${Text} id="interview-note" label=${_("Your note")} value=${part.note} draft=${draft} onType=${(note) => set({ note })} />
    <fieldset class="field" aria-describedby=${found.outcome ? "interview-outcome-error" : undefined}><legend>${_("How it ended")} <span class="required">${_("required")}</span></legend>
      <div class="results" id="interview-outcome" role="radiogroup" aria-label=${_("How it ended")} aria-invalid=${found.outcome ? "true" : undefined}>
        ${OUTCOMES().filter(([code]) => code !== "link" || panel.link).map(([code, words]) => html`<${Choice} key=${code} name="outcome" value=${code} chosen=${part.outcome} onChoose=${(outcome) => set({ outcome })}>${words}<//>`)}</div>
      ${found.outcome && html`<span class="field-error" id="interview-outcome-error"><${Icon} name="alert-circle" size="small" /><span>${found.outcome}</span></span>`}</fieldset>
    ${part.outcome === "appointment" && html`<div class="field"><label for="interview-at">${_("Call again at, by your own clock")}</label>
      <input class="input" type="datetime-local" id="interview-at" value=${localInput(part.appointment_at)} aria-invalid=${found.appointment_at ? "true" : undefined}
        onChange=${(event) => set({ appointment_at: event.target.value ? new Date(event.target.value).toISOString() : "" })} />
      ${found.appointment_at && html`<span class="field-error"><${Icon} name="alert-circle" size="small" /><span>${found.appointment_at}</span></span>`}</div>`}
    <div class="form-actions wrap-actions">
      <button type="submit" class="button primary" disabled=${inCall || !canAct.value} aria-busy=${busy.value.has("wrapup.save") ? "true" : undefined}><${Icon} name="check" size="small" />${_("Save and finish")}</button>
      <span class="hint">${inCall ? _("Answers are kept as you go; save them after the call.") : _("Saved answers can't be changed any more.")}</span>
    </div>
  </form>`;
}
