// The presence button in the top bar: the shown state with its own timer, the intent menu, and the five lights that say
// why calls come or do not come.
import { html, useEffect, useRef, useSignal } from "/static/vendor/ui.mjs";
import { _ } from "/static/js/i18n.js";
import { act, canAct, desk, display, fixed, me } from "/static/js/desk/store.js";
import { checkMicrophone, deviceReady } from "/static/js/desk/phone.js";
import { breakName, nameOf, stateOf, stateWords, whyNot } from "/static/js/desk/words.js";
import { Elapsed, Icon } from "/static/js/desk/pieces.js";

/** Asks for an intent; "available" needs a passed microphone check on this page first. */
export function wish(intent, breakCode = null) {
  if (intent === "available" && !deviceReady.value) {
    checkMicrophone();
    return Promise.resolve(null);
  }
  return act("agent.intent", { intent, ...(breakCode ? { break_code: breakCode } : {}) });
}

const LIGHTS = () => [
  ["connected", "wifi", _("Connection"), _("The server hears this desk"), _("The server can't hear this desk")],
  ["intent", "user-check", _("Available"), _("You want calls"), _("You are not set to Available")],
  ["device", "microphone", _("Microphone"), _("Checked on this page"), _("Not checked on this page")],
  ["cool_down", "hourglass", _("Pause"), _("No pause is running"), _("A short pause after the last offer is running")],
  ["load", "checklist", _("Hands free"), _("Nothing in hand"), _("A call or a wrap-up is in hand")],
];

export function Lights() {
  const lights = me.value.lights;
  const reasons = (me.value.why_not ?? []).map(whyNot).filter((text, index, all) => all.indexOf(text) === index);
  return html`<div class="lights">
    <p class="menu-title">${me.value.routable ? _("Calls can come to you now.") : _("No call comes to you now, because:")}</p>
    ${!me.value.routable && html`<ul class="why-not">${reasons.map((text) => html`<li key=${text}>${text}</li>`)}</ul>`}
    <dl class="light-list">${LIGHTS().map(([code, icon, name, good, bad]) => html`
      <div key=${code} class=${lights[code] ? "light tone-ok" : "light tone-bad"}>
        <dt><${Icon} name=${icon} size="small" />${name}</dt>
        <dd><${Icon} name=${lights[code] ? "circle-check" : "circle-x"} size="small" />${lights[code] ? good : bad}</dd>
      </div>`)}</dl>
  </div>`;
}

/** Five dots on the button itself: green what is fine, red what fails. */
const LightDots = () => {
  const failing = LIGHTS().filter(([code]) => !me.value.lights[code]);
  const words = failing.length ? failing.map(([, , , , bad]) => bad).join(". ") : _("Calls can come to you now.");
  return html`<span class="light-dots" title=${words} aria-hidden="true">${LIGHTS().map(([code]) =>
    html`<i key=${code} class=${me.value.lights[code] ? "on" : "off"}></i>`)}</span>`;
};

function Choice({ intent, breakCode = null, icon, children, close }) {
  const current = me.value.intent === intent && (intent !== "break" || me.value.break_code === breakCode);
  const pending = me.value.pending_intent === intent && (intent !== "break" || me.value.pending_break_code === breakCode);
  return html`<button type="button" class="menu-item" aria-pressed=${current ? "true" : "false"} disabled=${!canAct.value}
      onClick=${() => { close(); wish(intent, breakCode); }}>
    <${Icon} name=${icon} />${children}
    ${pending && html`<span class="pending">${_("after this call")}</span>`}
    <span class="chosen"><${Icon} name="check" size="small" /></span>
  </button>`;
}

export function Presence() {
  const open = useSignal(false);
  const box = useRef(null);
  const close = () => { open.value = false; };
  useEffect(() => {
    const outside = (event) => { if (!box.current?.contains(event.target)) close(); };
    document.addEventListener("click", outside);
    return () => document.removeEventListener("click", outside);
  }, []);
  if (!desk.value || !fixed.me.takes_calls) return null;
  const state = stateOf(display.value);
  const pending = me.value.pending_intent;
  const busyNow = !me.value.lights.load;
  return html`<div class="presence" ref=${box} onKeyDown=${(event) => { if (event.key === "Escape" && open.value) { event.stopPropagation(); close(); box.current.querySelector("button").focus(); } }}>
    <button type="button" class=${`presence-button tone-${state.tone}`} aria-expanded=${open.value ? "true" : "false"} aria-haspopup="true"
        onClick=${() => { open.value = !open.value; }}>
      <${Icon} name=${state.icon} size="small" />
      <span class="presence-words"><span class="truncate">${stateWords(display.value, me.value.break_code)}</span>
        ${pending && html`<small>${_("then: %(state)s", { state: stateWords(pending, me.value.pending_break_code) })}</small>`}</span>
      <${Elapsed} since=${me.value.display_since} />
      <${LightDots} />
      <${Icon} name="chevron-down" size="small" />
    </button>
    ${open.value && html`<div class="menu-panel presence-menu">
      ${busyNow && html`<p class="menu-title">${_("What you choose now applies after this call.")}</p>`}
      <${Choice} intent="available" icon="circle-check" close=${close}>${_("Available")}<//>
      ${fixed.break_codes.map((known) => html`<${Choice} key=${known.code} intent="break" breakCode=${known.code} icon="coffee" close=${close}>${nameOf(known.names)}<//>`)}
      <${Choice} intent="training" icon="school" close=${close}>${_("Training")}<//>
      <${Choice} intent="coaching" icon="users-group" close=${close}>${_("Coaching")}<//>
      <${Choice} intent="offline" icon="logout" close=${close}>${_("Offline")}<//>
      <${Lights} />
      <button type="button" class="menu-item" onClick=${() => { close(); checkMicrophone(); }}><${Icon} name="headset" />${_("Microphone and sound…")}</button>
    </div>`}
  </div>`;
}

/** After a missed offer: why the calls stopped, and the one click back. */
export function Missed() {
  return html`<div class="away tone-bad" role="alert">
    <${Icon} name="phone-x" size="huge" />
    <div class="grow"><b>${_("You missed a call, so you are away.")}</b>
      <p>${_("The caller kept the place in line and went to a colleague. Come back when you are ready.")}</p></div>
    <button type="button" class="button primary" disabled=${!canAct.value} onClick=${() => wish("available")}><${Icon} name="circle-check" size="small" />${_("I'm back")}</button>
  </div>`;
}

/** On break, in training, coaching: a calm card with the way back. */
export function Away() {
  const state = stateOf(display.value);
  const name = display.value === "break" && me.value.break_code ? breakName(me.value.break_code) : state.word;
  return html`<section class="pane idle">
    <span class=${`idle-sign tone-${state.tone}`}><${Icon} name=${state.icon} size="huge" /></span>
    <h2>${name}</h2><p class="idle-time"><${Elapsed} since=${me.value.display_since} /></p>
    <p class="soft">${_("No calls come to you until you are available again.")}</p>
    <button type="button" class="button primary" disabled=${!canAct.value} onClick=${() => wish("available")}><${Icon} name="circle-check" size="small" />${_("Available again")}</button>
  </section>`;
}
