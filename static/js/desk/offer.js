// The ringing card: who calls, why you, how long they have waited, what they last heard from us; Accept, Decline.
import { computed, effect, html, useEffect, useRef } from "/static/vendor/ui.mjs";
import { _, fmt, languageTag, ngettext } from "/static/js/i18n.js";
import { toast } from "/static/js/shell.js";
import { notify } from "/static/js/notices.js";
import { act, call, canAct, desk, live, offer, role } from "/static/js/desk/store.js";
import { announce } from "/static/js/desk/announcer.js";
import { deviceReady, ringFor } from "/static/js/desk/phone.js";
import { about, channelName, languageName, moment, nameOf, outcomeName, tierName, whyMe } from "/static/js/desk/words.js";
import { ActButton, Avatar, Elapsed, Icon, Pill } from "/static/js/desk/pieces.js";
import { tick } from "/static/js/live.js";

/** Offers this page accepted or declined itself: their disappearance needs no explanation. */
const mine = new Set();
const announced = new Set();
let shownOffer = null;
let stopRing = null;
let unnotify = () => {};

export const callerName = (thing) => thing.customer?.name || thing.claimed_name || thing.number_masked || _("Unknown caller");

/** The customer asked to be called back, or is to be asked: who accepts rings them. */
const isCallback = (thing) => ["callback", "quality"].includes(thing.kind);
const headline = (current) => (current.kind === "quality" ? _("Quality callback") : _("Callback, waited %(time)s", { time: fmt.duration((live.now() - Date.parse(current.enqueued_at)) / 1000) }));

async function answer(event, data) {
  const current = offer.value;
  if (!current) return;
  mine.add(current.reservation);
  const done = await act(event, { reservation: current.reservation, ...data }, { key: `offer.${current.reservation}` });
  if (!done) mine.delete(current.reservation);
}

export const accept = () => answer("offer.accept", {});
export const decline = (reason = "reject") => answer("offer.decline", { reason });

/** Ring, notification and vibration follow the offer; they start and stop with it. */
effect(() => {
  const current = offer.value;
  const here = role.value === "device";
  if (current?.reservation === shownOffer?.reservation) return;
  if (shownOffer) leave(shownOffer, desk.peek());
  shownOffer = current;
  if (!current || !here) return;
  stopRing = ringFor(current);
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.([400, 200, 400, 1000, 400, 200, 400]);
  announce(current.kind === "consult"
    ? _("Consultation from %(name)s", { name: current.from_agent?.name ?? "" })
    : isCallback(current) ? _("Callback: %(name)s, %(queue)s", { name: callerName(current), queue: nameOf(current.queue.names) })
    : _("Incoming call: %(name)s, %(queue)s", { name: callerName(current), queue: nameOf(current.queue.names) }));
  unnotify = notify(_("Incoming call"), `${callerName(current)} · ${about(current)}`, { tag: "hearback-offer", stays: true });
});

/** The server is told once per offer that this device rings: only then a miss counts. */
effect(() => {
  const current = offer.value;
  if (!current || role.value !== "device" || !deviceReady.value || live.state.value !== "live" || announced.has(current.reservation)) return;
  announced.add(current.reservation);
  queueMicrotask(() => act("offer.ringing", { reservation: current.reservation }, { key: `ringing.${current.reservation}`, quiet: ["conflict", "not_found", "timeout"] }));
});

function leave(old, image) {
  stopRing?.();
  stopRing = null;
  unnotify();
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(0);
  if (mine.has(old.reservation) || image?.call?.reservation === old.reservation || role.peek() !== "device") return;
  if (live.now() >= Date.parse(old.deadline) - 1000) toast(_("The time to answer ran out. The caller goes on to a colleague."));
  else toast(_("This call is no longer offered: the caller hung up, or somebody else took it."));
}

const RADIUS = 26;
const ROUND = 2 * Math.PI * RADIUS;

function Countdown({ current }) {
  const left = Math.max(0, (Date.parse(current.deadline) - tick.value - live.offset.value) / 1000);
  const share = Math.min(1, left / (current.ring_s || 20));
  return html`<div class=${`countdown ${left < 6 ? "short" : ""}`} role="img" aria-label=${_("Time left to answer")}>
    <svg viewBox="0 0 64 64" aria-hidden="true"><circle cx="32" cy="32" r=${RADIUS} class="countdown-track" />
      <circle cx="32" cy="32" r=${RADIUS} class="countdown-rest" stroke-dasharray=${`${ROUND * share} ${ROUND}`} transform="rotate(-90 32 32)" /></svg>
    <b class="tabular" aria-hidden="true">${fmt.number(Math.ceil(left))}</b>
  </div>`;
}

function LastContact({ last }) {
  if (!last) return html`<span class="soft">${_("None that we know of")}</span>`;
  const result = nameOf(last.disposition_names) || outcomeName(last.outcome);
  return html`<span>${moment(last.at)} · ${channelName(last.channel)}${result && ` · ${result}`}</span>${last.note && html`<span class="soft offer-note" title=${last.note}>“${last.note}”</span>`}`;
}

function Who({ current }) {
  const known = current.customer;
  return html`<div class="offer-who">
    <${Avatar} name=${known?.name || current.claimed_name} size="large" />
    <div class="min"><h2 id="offer-title">${callerName(current)}</h2>
      <div class="row wrap">
        ${known?.tier && known.tier !== "standard" && html`<${Pill} tone="accent" icon="star">${tierName(known.tier)}<//>`}
        ${!known && current.claimed_name && html`<${Pill} tone="warn" icon="user-question">${_("Name given by the caller, not verified")}<//>`}
        ${!known && current.candidates > 0 && html`<${Pill} tone="info" icon="users">${ngettext("%(num)s profile has this number", "%(num)s profiles have this number", current.candidates)}<//>`}
        ${current.number_masked && callerName(current) !== current.number_masked && html`<span class="tabular soft">${current.number_masked}</span>`}
        ${!current.number_masked && html`<span class="soft">${_("Number withheld")}</span>`}
      </div>
    </div>
  </div>`;
}

const Reasons = ({ current }) => html`<dl class="offer-facts">
  <div><dt>${_("Why you")}</dt><dd>${whyMe(current.why?.reason)}</dd></div>
  <div><dt>${_("About")}</dt><dd>${about(current)}</dd></div>
  <div><dt>${_("Language")}</dt><dd lang=${languageTag}>${languageName(current.language)}</dd></div>
  <div><dt>${_("Waited")}</dt><dd><b><${Elapsed} since=${current.enqueued_at} always /></b></dd></div>
  <div><dt>${_("Last contact")}</dt><dd><${LastContact} last=${current.last_contact} /></dd></div>
  <div><dt>${_("Open work")}</dt><dd>${current.open_work ? fmt.number(current.open_work) : _("None")}</dd></div>
</dl>`;

const sending = computed(() => offer.value && `offer.${offer.value.reservation}`);

export function Offer() {
  const current = offer.value;
  const card = useRef(null);
  // Focus comes here only when the agent is idle: never out of a field somebody is writing in
  useEffect(() => {
    card.current.scrollIntoView({ block: "nearest" });
    const focused = document.activeElement;
    if (!call.peek() && (!focused || focused === document.body || focused.id === "page") && !document.querySelector("dialog:modal")) card.current?.focus();
  }, [current.reservation]);
  const consult = current.kind === "consult";
  return html`<section class="offer" aria-labelledby="offer-title" tabindex="-1" ref=${card}>
    <div class="offer-head"><span class="offer-sign pulse"><${Icon} name=${consult ? "users" : isCallback(current) ? "phone-outgoing" : "phone-incoming"} size="small" /></span>
      <b>${consult ? _("%(name)s asks for your advice", { name: current.from_agent?.name ?? "" }) : isCallback(current) ? headline(current) : _("Incoming call")}</b>
      ${!consult && current.from_agent && html`<span>${_("from %(name)s", { name: current.from_agent.name })}</span>`}</div>
    <div class="offer-body"><${Who} current=${current} /><${Countdown} current=${current} /></div>
    <${Reasons} current=${current} />
    ${current.note && html`<p class="note offer-handover">“${current.note}”</p>`}
    <div class="offer-actions">
      <${ActButton} class="offer-accept" icon="phone" waitsFor=${sending.value} run=${accept}>${isCallback(current) ? _("Accept and call") : _("Accept")} <kbd class="keyboard-only">Enter</kbd><//>
      <${ActButton} class="offer-decline" icon="phone-x" waitsFor=${sending.value} run=${() => decline("reject")}>${_("Decline")} <kbd class="keyboard-only">Esc</kbd><//>
      <${ActButton} class="offer-decline" icon="clock-pause" waitsFor=${sending.value} run=${() => decline("busy")} title=${_("Declines and pauses offers for a minute")}>${_("I'm busy")}<//>
      ${!canAct.value && role.value === "viewer" && html`<span class="soft">${_("It rings in the tab that has the phone.")}</span>`}
    </div>
  </section>`;
}
