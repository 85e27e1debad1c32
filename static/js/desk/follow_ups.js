// The SMS that go out with the wrap-up: one tick per template, its language, and a preview of what the customer will read.
// Parts are counted for display only; the server counts again when it sends.
import { html } from "/static/vendor/ui.mjs";
import { _, fmt } from "/static/js/i18n.js";
import { fixed } from "/static/js/desk/store.js";
import { priced } from "/static/js/sms_parts.js";
import { change } from "/static/js/desk/drafts.js";
import { person } from "/static/js/desk/screen_pop.js";
import { languageName, nameOf } from "/static/js/desk/words.js";
import { Callout } from "/static/js/desk/pieces.js";

const codes = [...new Set(fixed.templates.map((template) => template.code))];
const template = (code, language) => fixed.templates.find((known) => known.code === code && known.language === language);
const languagesOf = (code) => fixed.templates.filter((known) => known.code === code).map((known) => known.language);

/** What wrapup.save takes. */
export const tickedSms = (sms) => sms.filter((choice) => choice.send).map(({ template_code, language, any_hour }) => ({ template_code, language, any_hour: any_hour === true }));

function preview(body, open) {
  const customer = person.value?.customer;
  const values = {
    name: customer?.name || open.claimed_name || "", agent: fixed.me.public_name || fixed.me.name, reference: customer?.reference ?? "",
    queue: nameOf(open.queue.names), tracking_number: person.value?.parcels[0]?.tracking_number ?? "",
  };
  return body.replace(/\{(\w+)\}/g, (whole, field) => values[field] ?? whole);
}

/** The caller's language if there is a text in it, else the customer's, else the first there is. */
function startLanguage(code, open) {
  const there = languagesOf(code);
  return [person.value?.customer?.language, open.language].find((language) => there.includes(language)) ?? there[0];
}

function Choice({ code, draft, open, disabled }) {
  const sms = draft.fields.value.sms;
  const chosen = sms.find((known) => known.template_code === code);
  const language = chosen?.language ?? startLanguage(code, open);
  const on = Boolean(chosen?.send) && !disabled;
  const set = (more) => change(draft, { sms: [...sms.filter((known) => known.template_code !== code), { template_code: code, language, send: on, ...more }] });
  const text = on ? preview(template(code, language).body, open) : "";
  return html`<li class="follow-up">
    <div class="row"><label class="check grow"><input type="checkbox" checked=${on} disabled=${disabled} onChange=${(event) => set({ send: event.target.checked })} /><span>${template(code, language).name}</span></label>
      ${on && html`<select class="input small-select" aria-label=${_("Language of the SMS")} value=${language} onChange=${(event) => set({ language: event.target.value })}>
        ${languagesOf(code).map((known) => html`<option key=${known} value=${known}>${languageName(known)}</option>`)}</select>`}</div>
    ${on && html`<div class="sms-preview"><p lang=${language.replace("_", "-")}>${text}</p><small>${priced(text)} · ${_("%(count)s characters", { count: fmt.number([...text].length) })}</small></div>`}
  </li>`;
}

/** Where it is night for the customer, texts wait for the morning unless the agent says otherwise. */
function AtNight({ draft, waits }) {
  const sms = draft.fields.value.sms;
  const chosen = sms.filter((known) => known.send);
  const set = (event) => change(draft, { sms: sms.map((known) => ({ ...known, any_hour: event.target.checked })) });
  return html`<${Callout} tone="info" icon="moon" title=${_("It is %(time)s where the customer is", { time: waits.now })}>
    ${_("An SMS leaves at %(time)s their time.", { time: waits.opens })}
    ${chosen.length > 0 && html`<label class="check"><input type="checkbox" checked=${chosen.every((known) => known.any_hour)} onChange=${set} /><span>${_("Send it now all the same")}</span></label>`}
  <//>`;
}

export function FollowUps({ draft, open, error }) {
  if (!codes.length) return null;
  const customer = person.value?.customer;
  const phone = customer?.phones.find((known) => known.e164 === open.number);
  const stopped = open.sms_opted_out || (phone?.opted_out ?? customer?.sms_opted_out ?? false);
  const disabled = stopped || !open.number;
  return html`<fieldset class="field"><legend>${_("Follow-up SMS")}${open.number_pretty && html` <span class="optional">${_("to %(number)s", { number: open.number_pretty })}</span>`}</legend>
    ${stopped && html`<${Callout} tone="warn" icon="message-off" title=${_("No SMS may be sent")}>${_("This customer has answered STOP. Only the customer can allow messages again, by sending START.")}<//>`}
    ${!open.number && html`<p class="hint">${_("The number was withheld, so there is nowhere to send an SMS.")}</p>`}
    ${!disabled && open.sms_waits && html`<${AtNight} draft=${draft} waits=${open.sms_waits} />`}
    <ul class="follow-ups">${codes.map((code) => html`<${Choice} key=${code} code=${code} draft=${draft} open=${open} disabled=${disabled} />`)}</ul>
    ${error && html`<span class="field-error">${error}</span>`}
  </fieldset>`;
}
