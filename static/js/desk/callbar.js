// The bar of the call in hand: who, about what, how long, how good the line is, and what can be done with it.
// Buttons only ask; held, consulting and ended are what the next image says.
import { html } from "/static/vendor/ui.mjs";
import { _, fmt } from "/static/js/i18n.js";
import { act, call, command, isOwner, me, role } from "/static/js/desk/store.js";
import { Calling, isCalling, stopRinging } from "/static/js/desk/calling.js";
import { keypadOpen, toggleKeypad, Keypad } from "/static/js/desk/keypad.js";
import { lineCall, lineQuality } from "/static/js/desk/line.js";
import { muted, quality, toggleMute } from "/static/js/desk/phone.js";
import { ListenerBar } from "/static/js/desk/listener_bar.js";
import { RecordingBar } from "/static/js/desk/recording_bar.js";
import { person } from "/static/js/desk/screen_pop.js";
import { openTransfer } from "/static/js/desk/transfer.js";
import { about, languageName, tierName } from "/static/js/desk/words.js";
import { ActButton, Elapsed, Icon, QUALITY } from "/static/js/desk/pieces.js";

const Chip = ({ icon, tone = "", children }) => html`<span class=${`call-chip ${tone}`}>${icon && html`<${Icon} name=${icon} size="small" />`}<span class="truncate">${children}</span></span>`;

export const toggleHold = () => command(call.peek().held ? "resume" : "hold");
export const endCall = () => (isCalling(call.peek()) ? stopRinging() : command("hangup"));
/** Hold, transfer and consultation need a caller who is connected, and belong to the owner of the call. */
export const mayMove = () => isOwner.value && ["connected", "held"].includes(call.value.state) && !call.value.consult;

/** How the carrier's sound is; the state of a line is a word, never a colour alone. */
function TelephoneQuality() {
  if (lineCall.value === "lost") return html`<${Chip} icon="wifi-off" tone="alarm">${_("Sound lost, reconnecting")}<//>`;
  const bars = lineCall.value === "open" ? (lineQuality.value?.bars ?? 3) : 0;
  return html`<${Bars} bars=${bars} />`;
}

function Bars({ bars }) {
  const word = bars ? QUALITY()[bars] : _("Connecting");
  return html`<span class="call-chip" title=${_("Line quality: %(word)s", { word })}><span class="bars" aria-hidden="true">${[1, 2, 3, 4].map((bar) => html`<i key=${bar} class=${bar <= bars ? "on" : ""}></i>`)}</span>
    <span class="visually-hidden">${_("Line quality:")} </span>${word}</span>`;
}

function Quality() {
  if (call.value.provider !== "browser") return html`<${TelephoneQuality} />`;
  const links = call.value.links;
  const link = links.find((known) => known.peer === "customer") ?? links[0];
  const bars = link ? (quality.value.get(link.id)?.bars ?? 0) : 0;
  if (link?.state === "lost") return html`<${Chip} icon="wifi-off" tone="alarm">${_("Sound lost, reconnecting")}<//>`;
  return html`<${Bars} bars=${bars} />`;
}

function Identity({ current }) {
  const customer = person.value?.customer;
  if (current.number_by === "us") return html`<${Chip} icon="phone-outgoing">${_("We ring this number")}<//>`;
  if (current.number_by === "network") return html`<${Chip} icon="phone">${_("Number from the network")}<//>`;
  if (current.number_verified) return html`<${Chip} icon="shield-check">${_("Number verified")}<//>`;
  if (customer) return html`<${Chip} icon="user-question">${_("Number claimed, not verified")}<//>`;
  return current.claimed_name ? html`<${Chip} icon="user-question">${_("Name given by the caller")}<//>` : html`<${Chip} icon="user-question">${_("Unknown")}<//>`;
}

function Summary({ current }) {
  const customer = person.value?.customer;
  const name = customer?.name || current.claimed_name || current.number_pretty || _("Unknown caller");
  return html`<div class="call-line">
      <h2 class="call-who truncate">${name}</h2>
      ${customer?.tier && customer.tier !== "standard" && html`<${Chip} icon="star">${tierName(customer.tier)}<//>`}
      <${Identity} current=${current} />
      <span class="call-time tabular" role="timer" aria-label=${_("Time in this call")}><${Elapsed} since=${current.answered_at ?? current.started_at} always /></span>
    </div>
    <div class="call-line second">
      <div class="call-meta">${[
        current.number_pretty && name !== current.number_pretty && html`<span class="tabular">${current.number_pretty}</span>`,
        !current.number && html`<span>${_("Number withheld")}</span>`,
        html`<span>${_("Waited %(time)s", { time: fmt.duration(current.wait_s ?? 0) })}</span>`,
        html`<span>${about(current)}</span>`, html`<span>${languageName(current.language)}</span>`,
      ].filter(Boolean)}</div>
      ${muted.value && html`<${Chip} icon="microphone-off" tone="alarm">${_("Muted")}<//>`}
      ${current.held && !current.consult && html`<${Chip} icon="player-pause" tone="hold">${_("On hold")} ${current.held_since && html`<${Elapsed} since=${current.held_since} always />`}<//>`}
      ${current.digits && !keypadOpen.value && html`<${Chip} icon="dialpad">${current.digits.slice(-12)}<//>`}
      <${Quality} />
    </div>`;
}

const Control = ({ icon, label, keys, run, waitsFor, pressed, disabled, kind = "" }) => html`
  <${ActButton} class=${`call-button ${kind}`} run=${run} waitsFor=${waitsFor} disabled=${disabled} aria-pressed=${pressed === undefined ? undefined : pressed ? "true" : "false"}>
    <${Icon} name=${icon} /><span class="call-label">${label}<kbd class="keyboard-only" aria-hidden="true">${keys}</kbd></span><//>`;

function Controls({ current }) {
  const held = current.held && !current.consult;
  return html`<div class="call-controls">
    <button type="button" class="button call-button" aria-pressed=${muted.value ? "true" : "false"} disabled=${role.value !== "device"} onClick=${toggleMute}>
      <${Icon} name=${muted.value ? "microphone-off" : "microphone"} /><span class="call-label">${muted.value ? _("Unmute") : _("Mute")}<kbd class="keyboard-only" aria-hidden="true">M</kbd></span></button>
    ${isOwner.value && html`<${Control} icon=${held ? "player-play" : "player-pause"} label=${held ? _("Resume") : _("Hold")} keys="H" pressed=${held} run=${toggleHold} waitsFor=${held ? "call.resume" : "call.hold"} disabled=${!mayMove()} />
      <${Control} icon="dialpad" label=${_("Keypad")} keys="K" pressed=${keypadOpen.value} run=${toggleKeypad} disabled=${!["connected", "held"].includes(current.state)} />
      <${Control} icon="arrow-forward-up" label=${_("Transfer")} keys="T" run=${() => openTransfer()} disabled=${!mayMove()} />`}
    <${Control} icon="phone-off" label=${isOwner.value ? _("End call") : _("Leave")} keys="⇧E" run=${endCall} waitsFor="call.hangup" kind="end" disabled=${current.callback?.state === "unanswered"} />
  </div>`;
}

/** Who advises, and the way on or back. */
function Consulting({ current }) {
  const { state, agent } = current.consult;
  const ringing = state === "ringing";
  return html`<div class="consulting">
    <${Icon} name=${ringing ? "phone-outgoing" : "users"} />
    <div class="grow min"><b>${ringing ? _("Calling %(name)s…", { name: agent.name }) : _("Talking with %(name)s", { name: agent.name })}</b>
      <small>${_("The caller hears music and not you.")} ${current.held_since && html`<${Elapsed} since=${current.held_since} always />`}</small></div>
    <${ActButton} class="call-small" icon="arrow-back-up" waitsFor="consult.cancel" run=${() => act("call.consult_cancel", { call: current.id }, { key: "consult.cancel" })}>${_("Back to caller")}<//>
    <${ActButton} class="call-small strong" icon="arrow-forward-up" waitsFor="consult.complete" disabled=${ringing} run=${() => act("call.consult_complete", { call: current.id }, { key: "consult.complete" })}>${_("Complete transfer")}<//>
  </div>`;
}

/** The advising colleague's own line: with whom, about whom. */
function Advising({ current }) {
  const customer = person.value?.customer?.name || current.claimed_name || current.number_pretty || _("Unknown caller");
  const asker = current.consult?.agent && current.consult.agent.id !== me.value.id ? current.consult.agent.name : "";
  return html`<div class="consulting"><${Icon} name="users" /><div class="grow min">
    <b>${asker ? _("Consulting with %(name)s about %(customer)s", { name: asker, customer }) : _("Consulting about %(customer)s", { customer })}</b>
    <small>${_("The customer can't hear you.")}</small></div></div>`;
}

/** Accepted is not connected: until the sound stands, the bar says what is waited for. */
const Connecting = () => html`<div class="consulting"><${Icon} name="loader-2" /><div class="grow"><b>${_("Connecting the sound…")}</b><small>${_("The call starts as soon as both sides hear each other.")}</small></div></div>`;

export function CallBar() {
  const current = call.value;
  return html`<section class="callbar" aria-label=${_("Current call")}>
    <${Summary} current=${current} />
    ${current.consult && isOwner.value && html`<${Consulting} current=${current} />`}
    ${!isOwner.value && html`<${Advising} current=${current} />`}
    ${current.handover?.note && html`<p class="handover"><${Icon} name="note" size="small" /><span><b>${_("From %(name)s:", { name: current.handover.from_agent.name })}</b> ${current.handover.note}</span></p>`}
    ${isCalling(current) ? html`<${Calling} current=${current} />` : ["offering", "bridging"].includes(current.state) && html`<${Connecting} />`}
    ${current.customer_connected === false && !isCalling(current) && html`<div class="consulting alarm"><${Icon} name="wifi-off" /><div><b>${_("The caller's connection is lost")}</b><small>${_("Stay on the line: they may be back in a moment.")}</small></div></div>`}
    ${current.listener && html`<${ListenerBar} key=${current.listener.id} />`}
    ${isOwner.value && html`<${RecordingBar} />`}
    <${Controls} current=${current} />
    ${keypadOpen.value && html`<${Keypad} current=${current} />`}
  </section>`;
}
