// A callback before the customer has answered: it rings there, and when nobody answers the agent chooses.
import { html } from "/static/vendor/ui.mjs";
import { _, fmt } from "/static/js/i18n.js";
import { live, act, call } from "/static/js/desk/store.js";
import { tick } from "/static/js/live.js";
import { ActButton, Icon } from "/static/js/desk/pieces.js";

const tell = (command) => act("call.callback", { call: call.peek().id, command }, { key: `callback.${command}` });

/** Whether the customer still has to answer. */
export const isCalling = (current) => ["ringing", "unanswered"].includes(current?.callback?.state);
export const stopRinging = () => tell("stop");

const Left = ({ until }) => {
  const seconds = Math.max(0, Math.ceil((Date.parse(until) - tick.value - live.offset.value) / 1000));
  return html`<span class="tabular">${_("rings for %(seconds)s more seconds", { seconds: fmt.number(seconds) })}</span>`;
};

export function Calling({ current }) {
  const { state, attempts, most, ring_until: until } = current.callback;
  const attempt = _("Attempt %(number)s of %(most)s", { number: fmt.number(attempts), most: fmt.number(most) });
  if (state === "ringing") {
    return html`<div class="consulting calling" role="status"><${Icon} name="phone-outgoing" /><div class="grow min"><b>${_("Calling the customer…")}</b><small>${attempt} · <${Left} until=${until} /></small></div>
      <${ActButton} class="call-small" icon="x" waitsFor="callback.stop" run=${stopRinging}>${_("Cancel")}<//></div>`;
  }
  const again = attempts < most;
  return html`<div class="consulting calling" role="status"><${Icon} name="phone-x" /><div class="grow min"><b>${_("The customer did not answer")}</b>
      <small>${attempt} · ${again ? _("Not reached: it is tried again later, at the same place.") : _("Not reached: the callback ends as unreachable.")}</small></div>
    ${again && html`<${ActButton} class="call-small" icon="refresh" waitsFor="callback.again" run=${() => tell("again")}>${_("Try again")}<//>`}
    <${ActButton} class="call-small strong" icon="phone-off" waitsFor="callback.not_reached" run=${() => tell("not_reached")}>${_("Not reached")}<//></div>`;
}
