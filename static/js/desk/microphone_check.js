// The check before the first call of a page: permission, choice of devices, a level meter, and for each way it can fail what to do.
import { html, useEffect, useSignal } from "/static/vendor/ui.mjs";
import { _ } from "/static/js/i18n.js";
import { listInputs, listOutputs, measureLevel } from "/static/js/voice/microphone.js";
import { act, canAct, desk } from "/static/js/desk/store.js";
import { checkOpen, choose, chosenInput, chosenOutput, chosenRing, enableSound, markReady, microphoneProblem, phone, prepare, ringFor, useOutput } from "/static/js/desk/phone.js";
import { Callout, Dialog, Icon } from "/static/js/desk/pieces.js";

/** [title, what to do] for each kind of MicrophoneError. */
export const microphoneHelp = (kind) => ({
  denied: [_("The browser does not allow the microphone"), _("Click the lock or microphone sign at the left of the address, allow the microphone for this page, then check again.")],
  missing: [_("No microphone was found"), _("Plug in your headset, or choose it as input in the settings of your computer, then check again.")],
  busy: [_("Another program holds the microphone"), _("Close other programs and pages that use the microphone (meetings, recorders), then check again.")],
  insecure: [_("This address is not secure"), _("Browsers only give the microphone to https pages, or to localhost. Open the desk by its https address; your administrator knows it.")],
  other: [_("The microphone could not be opened"), _("Unplug the headset and plug it in again, then check again. If it stays like this, restart the browser.")],
})[kind] ?? [kind, ""];

function Meter() {
  const level = useSignal(-100);
  const heard = useSignal(false);
  const opened = phone.microphone;
  useEffect(() => opened && measureLevel(opened.stream, (decibels) => {
    level.value = decibels;
    if (decibels > -50) heard.value = true;
  }), [opened]);
  const share = Math.max(0, Math.min(100, Math.round(((level.value + 70) / 60) * 100)));
  return html`<div class="mic-level">
    <span class="label" id="mic-level-label">${_("Say something: the bar should move")}</span>
    <meter class="bar mic-meter" min="0" max="100" value=${share} aria-labelledby="mic-level-label"></meter>
    <p class=${heard.value ? "mic-verdict tone-text tone-ok" : "mic-verdict soft"}>${heard.value
      ? html`<${Icon} name="circle-check" size="small" />${_("We hear you.")}`
      : html`<${Icon} name="ear" size="small" />${_("Nothing heard yet. You can go on; callers will only hear you if this bar moves.")}`}</p>
  </div>`;
}

const Choose = ({ id, label, devices, value, run, first }) => html`<div class="field">
  <label for=${id}>${label}</label>
  <select class="input" id=${id} value=${value} onChange=${(event) => run(event.target.value)}>
    <option value="">${first}</option>
    ${devices.filter((device) => device.id && device.id !== "default").map((device) => html`<option key=${device.id} value=${device.id}>${device.label || _("Device without a name")}</option>`)}
  </select></div>`;

function Devices({ reopened }) {
  const inputs = useSignal([]);
  const outputs = useSignal([]);
  const ringing = useSignal(null);
  useEffect(() => {
    const read = async () => {
      inputs.value = await listInputs();
      outputs.value = await listOutputs();
    };
    read();
    navigator.mediaDevices?.addEventListener("devicechange", read);
    return () => {
      navigator.mediaDevices?.removeEventListener("devicechange", read);
      ringing.peek()?.();
    };
  }, []);
  const output = (id) => {
    choose("output", id);
    useOutput(id);
  };
  const input = async (id) => {
    choose("input", id);
    await prepare({ again: true }).catch(() => {});
    reopened();
  };
  const testRing = () => {
    if (ringing.value) {
      ringing.value();
      ringing.value = null;
    } else ringing.value = ringFor();
  };
  return html`<${Choose} id="mic-input" label=${_("Microphone")} devices=${inputs.value} value=${chosenInput.value} run=${input} first=${_("As the computer says")} />
    ${outputs.value.length > 0 && html`<div class="form-grid">
      <${Choose} id="mic-output" label=${_("Headset or speaker")} devices=${outputs.value} value=${chosenOutput.value} run=${output} first=${_("As the computer says")} />
      <${Choose} id="mic-ring" label=${_("Ring there too")} devices=${outputs.value} value=${chosenRing.value} run=${(id) => choose("ring", id)} first=${_("Nowhere else")} />
    </div>`}
    <div class="row wrap"><button type="button" class="button small" aria-pressed=${ringing.value ? "true" : "false"} onClick=${testRing}><${Icon} name=${ringing.value ? "player-stop" : "bell"} size="small" />${ringing.value ? _("Stop the ring") : _("Test the ring")}</button>
      ${window.Notification?.permission === "default" && html`<${AskNotifications} />`}</div>`;
}

function AskNotifications() {
  const asked = useSignal(false);
  if (asked.value) return null;
  return html`<button type="button" class="button small quiet" onClick=${async () => { await Notification.requestPermission(); asked.value = true; }}>
    <${Icon} name="bell" size="small" />${_("Notify me when it rings in the background")}</button>`;
}

export function MicrophoneCheck() {
  const opened = useSignal(phone.microphone !== null);
  const turn = useSignal(0);
  const working = useSignal(false);
  const check = async () => {
    working.value = true;
    await enableSound();
    try {
      await prepare({ again: Boolean(microphoneProblem.value) });
      opened.value = true;
    } catch {
      opened.value = false;
    }
    working.value = false;
  };
  const close = () => { checkOpen.value = false; };
  const goAvailable = async () => {
    await enableSound();
    await markReady();
    close();
    if (desk.value.me.intent !== "available") await act("agent.intent", { intent: "available" });
  };
  const keep = async () => {
    if (opened.value) await markReady();
    close();
  };
  const problem = microphoneProblem.value;
  const [title, help] = problem ? microphoneHelp(problem) : [];
  return html`<${Dialog} title=${_("Microphone check")} onClose=${close}>
    <div class="dialog-body">
      ${!opened.value && !problem && html`<p>${_("Callers hear you through this browser. Put on your headset, click the button, and allow the microphone when the browser asks.")}</p>`}
      ${problem && html`<div role="alert"><${Callout} tone="bad" icon="microphone-off" title=${title}>${help}<//></div>`}
      ${opened.value && !problem && html`<${Meter} key=${turn.value} /><${Devices} reopened=${() => { turn.value += 1; }} />`}
    </div>
    <div class="dialog-foot">
      ${opened.value && !problem
        ? html`<button type="button" class="button" onClick=${keep}>${_("Not yet available")}</button>
            <button type="button" class="button primary" disabled=${!canAct.value} onClick=${goAvailable}><${Icon} name="circle-check" size="small" />${desk.value.me.intent === "available" ? _("Done") : _("Go available")}</button>`
        : html`<button type="button" class="button" onClick=${close}>${_("Later")}</button>
            <button type="button" class="button primary" aria-busy=${working.value ? "true" : undefined} onClick=${check}><${Icon} name="microphone" size="small" />${problem ? _("Check again") : _("Check microphone")}</button>`}
    </div>
  <//>`;
}
