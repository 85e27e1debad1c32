// The desk: three columns and what lies over them. Which card the middle shows follows from the image alone.
import { html, render } from "/static/vendor/ui.mjs";
import { _, fmt, ngettext } from "/static/js/i18n.js";
import { call, canAct, desk, display, live, me, offer, role, start, takePhoneHere, wrapup } from "/static/js/desk/store.js";
import "/static/js/desk/announcer.js";
import "/static/js/desk/badge.js";
import "/static/js/desk/notices.js";
import { CallBar } from "/static/js/desk/callbar.js";
import { Customer } from "/static/js/desk/customer.js";
import { line, lineReady, lineState } from "/static/js/desk/line.js";
import { MicrophoneCheck, microphoneHelp } from "/static/js/desk/microphone_check.js";
import { Offer } from "/static/js/desk/offer.js";
import { checkMicrophone, checkOpen, deviceReady, enableSound, microphoneProblem, soundLocked, watchSound } from "/static/js/desk/phone.js";
import { Away, Lights, Missed, Presence, wish } from "/static/js/desk/presence.js";
import "/static/js/desk/shortcuts.js";
import { Team } from "/static/js/desk/team.js";
import { Tickets } from "/static/js/desk/tickets.js";
import { TransferDialog, transferring } from "/static/js/desk/transfer.js";
import { Waiting } from "/static/js/desk/waiting.js";
import { Work } from "/static/js/desk/work.js";
import { Elapsed, Icon } from "/static/js/desk/pieces.js";

const Banner = ({ tone, icon, children }) => html`<div class=${`banner tone-${tone}`} role="status"><${Icon} name=${icon} />${children}</div>`;

const silentSince = () => live.now() - live.silence.peek();

/** One line above the columns for each thing that stands in the way; most days there is none. */
function Banners() {
  const inCall = Boolean(call.value);
  const problem = role.value === "device" && (inCall || deviceReady.value === false) ? microphoneProblem.value : "";
  return html`<div class="banners">
    ${live.ended.value && html`<${Banner} tone="bad" icon="lock"><span class="grow"><b>${_("Your session has ended.")}</b> ${_("What you typed is kept; a call goes on.")}</span>
      <button type="button" class="button small" onClick=${live.askToSignIn}>${_("Sign in again")}</button><//>`}
    ${live.locked.value && !live.ended.value && html`<${Banner} tone="bad" icon="wifi-off"><span class="grow"><b>${_("No live data since %(time)s.", { time: fmt.timeWithSeconds(silentSince()) })}</b> ${inCall ? _("Reconnecting. You can keep talking.") : _("Reconnecting. Buttons are locked until the server can be heard.")}</span><//>`}
    ${role.value === "viewer" && html`<${Banner} tone="info" icon="devices"><span class="grow"><b>${_("Your phone is in another tab.")}</b> ${_("This tab only shows what happens.")}</span>
      <button type="button" class="button small" disabled=${live.locked.value} onClick=${takePhoneHere}>${_("Take over here")}</button><//>`}
    ${soundLocked.value && role.value === "device" && (inCall || deviceReady.value || me.value?.intent === "available") && html`<${Banner} tone="warn" icon="volume-off"><span class="grow">${_("The browser keeps sound off until you click.")}</span>
      <button type="button" class="button small" onClick=${enableSound}><${Icon} name="volume" size="small" />${_("Click to enable sound")}</button><//>`}
    ${problem && html`<${Banner} tone="bad" icon="microphone-off"><span class="grow"><b>${microphoneHelp(problem)[0]}.</b> ${inCall ? _("The caller can't hear you.") : _("No calls can come to you.")}</span>
      <button type="button" class="button small" onClick=${checkMicrophone}>${_("Check again")}</button><//>`}
    ${line && !problem && role.value === "device" && deviceReady.value && !lineReady.value && html`<${Banner} tone=${lineState.value === "lost" ? "bad" : "info"} icon=${lineState.value === "lost" ? "phone-off" : "loader-2"}><span class="grow">${lineState.value === "lost"
      ? html`<b>${_("Your telephone line is not connected.")}</b> ${inCall ? _("A call that runs goes on. We try again.") : _("No calls can come to you. We try again.")}`
      : _("Connecting your telephone line…")}</span><//>`}
    ${!problem && role.value === "device" && !deviceReady.value && me.value?.intent === "available" && !inCall && !offer.value && html`<${Banner} tone="warn" icon="microphone"><span class="grow">${_("You are set to Available, but the microphone is not checked on this page, so no call comes.")}</span>
      <button type="button" class="button small" onClick=${checkMicrophone}>${_("Check microphone")}</button><//>`}
  </div>`;
}

/** Nothing in hand: what is to be done next, in one card. */
function Idle() {
  if (role.value === "watcher") return html`<section class="pane idle"><span class="idle-sign"><${Icon} name="eye" size="huge" /></span><h2>${_("You take no calls here")}</h2><p class="soft">${_("Queue and team are live; calls go to agents.")}</p></section>`;
  if (["break", "training", "coaching"].includes(display.value)) return html`<${Away} />`;
  const waiting = display.value === "available";
  const today = me.value.contacts_today;
  return html`<section class="pane idle">
    <span class=${`idle-sign ${waiting && me.value.routable ? "tone-ok" : ""}`}><${Icon} name=${waiting ? "headset" : "plug-connected-x"} size="huge" /></span>
    <h2>${waiting ? (me.value.routable ? _("Ready for the next call") : _("Available, but no call can come yet")) : _("You are offline")}</h2>
    ${waiting && html`<p class="idle-time"><${Elapsed} since=${me.value.display_since} /></p>`}
    <p class="soft">${today ? ngettext("%(num)s contact today", "%(num)s contacts today", today) : _("No contacts yet today")}</p>
    ${(!waiting || !deviceReady.value) && html`<button type="button" class="button primary" disabled=${!canAct.value} onClick=${() => wish("available")}><${Icon} name="circle-check" size="small" />${deviceReady.value ? _("Go available") : _("Check microphone and start")}</button>`}
    ${waiting && !me.value.routable && html`<${Lights} />`}
  </section>`;
}

function Middle() {
  if (!desk.value) return html`<section class="pane idle" aria-busy="true"><span class="idle-sign"><${Icon} name="loader-2" size="huge" /></span><h2>${_("Connecting…")}</h2></section>`;
  const working = call.value || wrapup.value;
  return html`${offer.value && html`<${Offer} key=${offer.value.reservation} />`}
    ${display.value === "missed" && !offer.value && html`<${Missed} />`}
    ${call.value && html`<${CallBar} />`}
    ${working ? html`<${Work} />` : !offer.value && html`<${Idle} />`}`;
}

function Desk() {
  return html`<div class="desk-frame"><${Banners} />
    <div class=${`desk ${offer.value ? "ringing" : ""} ${call.value || wrapup.value ? "working" : ""} ${live.locked.value ? "stale" : ""}`}>
      <section class="pane desk-queue" aria-label=${_("Queue and team")}>${desk.value && html`<${Waiting} /><${Tickets} /><${Team} />`}</section>
      <div class="desk-main"><${Middle} /></div>
      <aside class="pane desk-customer" aria-label=${_("Customer")}>${desk.value && html`<${Customer} />`}</aside>
    </div></div>
    ${checkOpen.value && desk.value && !live.ended.value && html`<${MicrophoneCheck} />`}
    ${transferring.value && call.value && !live.ended.value && html`<${TransferDialog} key=${transferring.value.agent} />`}`;
}

render(html`<${Desk} />`, document.getElementById("desk"));
render(html`<${Presence} />`, document.getElementById("desk-presence"));
watchSound();
start();

// The first thing of a shift: the microphone check. Not over a running call, and not in a tab without the phone.
const stop = role.subscribe((now) => {
  if (now === null) return;
  queueMicrotask(() => stop());
  if (now === "device" && !call.peek() && !wrapup.peek() && !deviceReady.peek()) checkMicrophone();
});
