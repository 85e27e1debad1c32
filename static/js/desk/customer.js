// The customer column: who it is and how sure we are, what to know before speaking, facts, details, parcels, notes.
import { html } from "/static/vendor/ui.mjs";
import { _, fmt, ngettext } from "/static/js/i18n.js";
import { toast } from "/static/js/shell.js";
import { act, askJson, busy, canAct, fixed, sync } from "/static/js/desk/store.js";
import { atWork, failed, person, readAgain, reading, workInHand } from "/static/js/desk/screen_pop.js";
import { languageName, moment, parcelStatus, parcelTone, tierName } from "/static/js/desk/words.js";
import { Avatar, Callout, Empty, Icon, Pill } from "/static/js/desk/pieces.js";

const Section = ({ icon, title, children }) => html`<section class="section"><h3 class="section-title"><${Icon} name=${icon} size="small" />${title}</h3>${children}</section>`;

/** Verified, or only claimed: an icon and a word, never colour alone. */
function Identity({ customer }) {
  const work = workInHand.value;
  const phone = customer.phones.find((known) => known.e164 === work?.number);
  if (phone && work.number_by === "us") return html`<${Pill} icon="phone-outgoing">${_("We ring this number")}<//>`;
  if (phone && work.number_by === "network") return html`<${Pill} icon="phone" title=${_("The telephone network shows this number, and it can be forged: before anything private, ask.")}>${_("Number from the network")}<//>`;
  if (work?.number_verified) return html`<${Pill} tone="ok" icon="shield-check">${_("Verified")}<//>`;
  if (!work?.number) return html`<${Pill} tone="warn" icon="user-question">${_("Not verified")}<//>`;
  return html`<${Pill} tone="warn" icon="user-question" title=${phone ? _("The number belongs to this profile, but the caller only claimed it.") : _("This number is not in the profile.")}>${phone ? _("Number claimed") : _("Other number")}<//>`;
}

function Head({ customer }) {
  const place = [customer.city, customer.country].filter(Boolean).join(", ");
  const since = customer.since ? _("Customer since %(year)s", { year: new Date(customer.since).getFullYear() }) : "";
  return html`<div class="customer-head"><${Avatar} name=${customer.name} size="large" />
    <div class="grow min"><h2>${customer.name}</h2>
      <p class="soft">${[customer.company, since, place].filter(Boolean).join(" · ")}</p>
      <div class="row wrap">
        ${customer.tier && customer.tier !== "standard" && html`<${Pill} tone="accent" icon=${customer.tier === "key" ? "crown" : "star"}>${tierName(customer.tier)}<//>`}
        <${Identity} customer=${customer} />
        ${customer.sms_opted_out && html`<${Pill} tone="bad" icon="message-off">${_("No SMS")}<//>`}
      </div></div></div>`;
}

const linesOf = (pop) => (pop.before_you_speak ?? []).map((warning) => warning.words ?? warning).filter(Boolean);

function BeforeYouSpeak({ pop }) {
  const lines = linesOf(pop);
  if (!lines.length) return null;
  return html`<div class="section"><div class="before-speaking"><b><${Icon} name="alert-triangle" size="small" />${_("Before you speak")}</b>
    <ul>${lines.slice(0, 4).map((line) => html`<li key=${line}>${line}</li>`)}</ul></div></div>`;
}

const Facts = ({ facts }) => html`<div class="section"><div class="facts">
  <div class="fact"><b>${fmt.number(facts.contacts_7_days)}</b><span>${_("contacts, 7 days")}</span></div>
  <div class="fact"><b>${fmt.number(facts.open_work)}</b><span>${_("open cases")}</span></div>
  <div class="fact"><b>${fmt.number(facts.last_12_months)}</b><span>${_("contacts, 12 months")}</span></div></div></div>`;

/** "2026-11-23T14:06+00:00" is 14:06 there: the server has worked out their zone, so the digits are shown as they stand. */
const timeThere = (iso) => (/T(\d\d:\d\d)/.exec(iso ?? "") ?? ["", iso ?? ""])[1];

function Details({ customer }) {
  const rows = [
    ...customer.phones.map((phone) => [_("Phone"), html`<span class="tabular">${phone.pretty || phone.e164}</span>${phone.verified && html` <${Icon} name="shield-check" size="small" /><span class="visually-hidden">${_("verified")}</span>`}`]),
    customer.email && [_("E-mail"), customer.email],
    customer.language && [_("Language"), languageName(customer.language)],
    customer.local_time && [_("Local time"), html`<span class="tabular">${timeThere(customer.local_time)}</span> <span class="faint">${(customer.time_zone ?? "").split("/").at(-1).replaceAll("_", " ")}</span>`],
    [_("Reference"), customer.reference],
  ].filter(Boolean);
  return html`<${Section} icon="user" title=${_("Details")}><dl class="details">${rows.map(([name, value], index) => html`<dt key=${`t${index}`}>${name}</dt><dd key=${`d${index}`}>${value}</dd>`)}</dl><//>`;
}

const Parcels = ({ parcels }) => parcels.length > 0 && html`<${Section} icon="package" title=${_("Parcels")}>
  <ul class="parcels">${parcels.slice(0, 5).map((parcel) => html`<li key=${parcel.tracking_number}>
    <div class="min"><b class="truncate">${parcel.tracking_number}</b><small class="truncate">${[parcel.description, parcel.destination, parcel.due_at && !parcel.delivered_at && _("due %(when)s", { when: moment(parcel.due_at) })].filter(Boolean).join(" · ")}</small></div>
    <${Pill} tone=${parcelTone(parcel.status)}>${parcelStatus(parcel.status)}<//></li>`)}</ul><//>`;

const Notes = ({ customer }) => html`
  ${customer.special_requirements && html`<${Section} icon="ear" title=${_("Special requirements")}><p class="note">${customer.special_requirements}</p><//>`}
  ${customer.pinned_note && html`<${Section} icon="note" title=${_("Pinned note")}><p class="note">${customer.pinned_note.body}${customer.pinned_note.author && html` <span class="faint">— ${customer.pinned_note.author}, ${moment(customer.pinned_note.at)}</span>`}</p><//>`}`;

const link = (customer) =>
  act("call.customer", { call: workInHand.peek().call ?? workInHand.peek().id, customer }, { key: `link.${customer}` }).then((done) => done && readAgain());

/** Several profiles share the number: the agent asks and picks; nothing is guessed. */
const Candidates = ({ candidates }) => html`<div class="section"><h3 class="section-title"><${Icon} name="users" size="small" />${ngettext("%(num)s profile has this number", "%(num)s profiles have this number", candidates.length)}</h3>
  <p class="soft candidates-hint">${_("Ask for the name, then choose.")}</p>
  <ul class="candidates">${candidates.map((known) => html`<li key=${known.id}>
    <button type="button" class="candidate" disabled=${!canAct.value || !workInHand.value} aria-busy=${busy.value.has(`link.${known.id}`) ? "true" : undefined} onClick=${() => link(known.id)}>
      <${Avatar} name=${known.name} /><span class="grow min"><b class="truncate">${known.name}</b><small>${[known.city, known.tier !== "standard" && tierName(known.tier), known.last_contact_at && _("last contact %(when)s", { when: moment(known.last_contact_at) })].filter(Boolean).join(" · ")}</small></span>
      <${Icon} name="user-check" size="small" /></button></li>`)}</ul></div>`;

async function createProfile(event) {
  event.preventDefault();
  const work = workInHand.peek();
  const name = new FormData(event.target).get("name").trim();
  if (!name) {
    event.target.querySelector("input").focus();
    return;
  }
  try {
    const made = await askJson(fixed.urls.create, { method: "POST", body: { name, language: work.language, number: work.number || null, call: work.call ?? work.id } });
    await sync();
    readAgain();
    toast(_("Profile %(reference)s was made.", { reference: made.reference ?? name }));
  } catch (error) {
    toast(Object.values(error.fields ?? {})[0] ?? error.message);
  }
}

/** One click makes a profile from what the call already knows; the name may be set right first. */
function NewProfile({ others }) {
  const work = workInHand.value;
  return html`<div class="section"><form class="new-profile" onSubmit=${createProfile}>
    <div class="field"><label for="new-profile-name">${others ? _("None of them? Make a new profile") : _("No profile yet")}</label>
      <input class="input" id="new-profile-name" name="name" maxlength="200" defaultValue=${work.claimed_name ?? ""} placeholder=${_("Name of the caller")} autocomplete="off" /></div>
    <button class="button primary" disabled=${!canAct.value}><${Icon} name="user-plus" size="small" />${_("New profile")}</button>
  </form></div>`;
}

function Unknown({ pop }) {
  const work = workInHand.value;
  const candidates = pop?.candidates ?? [];
  const name = work?.claimed_name;
  return html`<div class="customer-head"><${Avatar} name=${name} size="large" /><div class="grow min">
      <h2>${name || (work?.number ? _("Unknown caller") : _("Number withheld"))}</h2>
      <p class="soft tabular">${work?.number_pretty ?? ""}</p>
      <div class="row wrap"><${Pill} tone="warn" icon="user-question">${name ? _("Claimed, not verified") : _("Not identified")}<//></div></div></div>
    ${candidates.length > 0 && html`<${Candidates} candidates=${candidates} />`}
    ${work && html`<${NewProfile} key=${work.reservation} others=${candidates.length > 0} />`}`;
}

function Known({ pop }) {
  return html`<${Head} customer=${pop.customer} /><${BeforeYouSpeak} pop=${pop} /><${Facts} facts=${pop.facts} />
    <${Details} customer=${pop.customer} /><${Parcels} parcels=${pop.parcels} /><${Notes} customer=${pop.customer} />
    ${pop.candidates.length > 1 && html`<details class="section others"><summary>${_("Somebody else with this number?")}</summary><${Candidates} candidates=${pop.candidates.filter((known) => known.id !== pop.customer.id)} /></details>`}`;
}

/** The form for a ticket about this call: who it is, the number, the language, as far as they are known. */
function newTicket(customer) {
  const work = workInHand.value;
  const known = { customer: customer?.id, number: work?.number, name: work?.claimed_name, language: work?.language, channel: "phone" };
  return `/tickets/new?${new URLSearchParams(Object.entries(known).filter(([, value]) => value))}`;
}

export function Customer() {
  const pop = person.value;
  if (!atWork.value) return html`<${Empty} icon="address-book" title=${_("The customer appears here")}><p>${_("With a call come the profile, open work, parcels and everything said before.")}</p><//>`;
  return html`<div class="pane-scroll grow" tabindex="0" aria-label=${_("Customer")} aria-busy=${reading.value ? "true" : "false"}>
      ${failed.value && html`<div class="section"><${Callout} tone="bad" icon="alert-circle" title=${_("The profile could not be read")}>${failed.value} <button type="button" class="button small" onClick=${readAgain}>${_("Try again")}</button><//></div>`}
      ${pop?.customer ? html`<${Known} pop=${pop} />` : !reading.value && html`<${Unknown} pop=${pop} />`}
    </div>
    <div class="pane-foot customer-foot">
      ${pop?.customer && html`<a class="button" href=${`/customers/${pop.customer.id}`} target="_blank" rel="noopener"><${Icon} name="external-link" size="small" />${_("Open full profile")}</a>`}
      <a class="button" href=${newTicket(pop?.customer)} target="_blank" rel="noopener"><${Icon} name="ticket" size="small" />${_("New ticket")}</a></div>`;
}
