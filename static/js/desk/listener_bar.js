// Who listens to the call in hand, and the one click that ends it. The agent hears of the beginning and of the end at once.
import { effect, html } from "/static/vendor/ui.mjs";
import { _ } from "/static/js/i18n.js";
import { toast } from "/static/js/shell.js";
import { announce } from "/static/js/desk/announcer.js";
import { recorded } from "/static/js/desk/phone.js";
import { act, call } from "/static/js/desk/store.js";
import { ActButton, Elapsed, Icon } from "/static/js/desk/pieces.js";

let before = null; // {id, name, call} of the listener that was shown last
effect(() => {
  const now = call.value?.listener ?? null;
  if (now?.id === before?.id) return;
  if (now) announce(_("%(name)s is listening. They can't be heard.", { name: now.name }));
  else if (before.call === call.value?.id) {
    announce(_("%(name)s has stopped listening.", { name: before.name }));
    toast(_("%(name)s has stopped listening.", { name: before.name }));
  }
  before = now && { ...now, call: call.value.id };
});

const SILENCE = () => ({
  paused: _("Hears nothing while the recording is paused."),
  hold: _("Hears nothing while the caller is on hold."),
  consult: _("Hears nothing of what you ask a colleague."),
  line: _("The sound to them is being connected."),
});

export function ListenerBar() {
  const { name, since, silence } = call.value.listener;
  const quiet = recorded.value.paused ? "paused" : silence;
  return html`<div class="consulting listener" data-listener=${quiet || "hears"}>
    <${Icon} name="ear" />
    <div class="grow min"><b>${_("%(name)s is listening", { name })} <${Elapsed} since=${since} always /></b>
      <small role="status">${SILENCE()[quiet] ?? _("In training. Hears you and the caller, and can't be heard.")}</small></div>
    <${ActButton} class="call-small" icon="hand-stop" waitsFor="listen.not_now" run=${() => act("listen.not_now", { call: call.value.id })}>${_("Not now")}<//>
  </div>`;
}
