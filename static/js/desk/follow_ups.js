// The SMS that go out with the wrap-up: one tick per template, its language, and a preview of what the customer will read.
// Parts are counted for display only; the server counts again when it sends.
import { html } from "/static/vendor/ui.mjs";
import { _, fmt, ngettext } from "/static/js/i18n.js";
import { fixed } from "/static/js/desk/store.js";
import { measure } from "/static/js/sms_parts.js";
import { change } from "/static/js/desk/drafts.js";
import { person } from "/static/js/desk/screen_pop.js";
import { languageName, nameOf } from "/static/js/desk/words.js";
import { Callout } from "/static/js/desk/pieces.js";

const codes = [...new Set(fixed.templates.map((template) => template.code))];
const template = (code, language) => fixed.templates.find((known) => known.code === code && known.language === language);
const languagesOf = (code) => fixed.templates.filter((known) => known.code === code).map((known) => known.language);

/** What wrapup.save takes. */
export const tickedSms = (sms) => sms.filter((choice) => choice.send).map(({ template_code, language }) => ({ template_code, language }));

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
    ${on && html`<div class="sms-preview"><p lang=${language.replace("_", "-")}>${text}</p><small>${ngettext("%(num)s part", "%(num)s parts", measure(text))} · ${_("%(count)s characters", { count: fmt.number([...text].length) })}</small></div>`}
  </li>`;
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
    <ul class="follow-ups">${codes.map((code) => html`<${Choice} key=${code} code=${code} draft=${draft} open=${open} disabled=${disabled} />`)}</ul>
    ${error && html`<span class="field-error">${error}</span>`}
  </fieldset>`;
}
