// What the call bar says of recording: whether it runs, the large button that pauses it, and how long it has been silent.
import { html } from "/static/vendor/ui.mjs";
import { _, fmt, ngettext } from "/static/js/i18n.js";
import { call, role } from "/static/js/desk/store.js";
import { askToRecord, behind, pause, pauseRecording, recorderState, resumeRecording, resuming } from "/static/js/desk/recorder.js";
import { ActButton, Icon, secondsSince } from "/static/js/desk/pieces.js";
import { Quiet, REASONS, Refused, REMIND_AFTER_S } from "/static/js/desk/recording_words.js";
import { TelephoneRecording } from "/static/js/desk/telephone_recording.js";

function Paused() {
  const { since, reason } = pause.value;
  const seconds = secondsSince(since, { always: true });
  const long = seconds >= REMIND_AFTER_S;
  return html`<div class=${`recording-bar is-paused ${long ? "is-long" : ""}`} data-recording="paused">
    <${Icon} name="player-pause" />
    <div class="grow min"><b>${REASONS()[reason] ?? reason} <span class="tabular">${fmt.duration(seconds)}</span></b>
      <small role="status">${long ? _("More than a minute. Is the reason over? Then go on recording.") : _("Nothing is recorded now. The gap is noted.")}</small></div>
    <button type="button" class="button call-small strong" aria-busy=${resuming.value ? "true" : undefined} disabled=${role.value !== "device"} onClick=${resumeRecording}><${Icon} name=${resuming.value ? "loader-2" : "player-record"} size="small" />${_("Resume recording")}</button>
  </div>`;
}

function Running() {
  const starting = recorderState.value === "starting";
  const note = behind.value > 2
    ? ngettext("%(num)s part waits for the server. Nothing is lost.", "%(num)s parts wait for the server. Nothing is lost.", behind.value)
    : _("The caller was told and sees it.");
  return html`<div class="recording-bar is-on" data-recording=${starting ? "starting" : "on"}>
    <span class="recording-dot" aria-hidden="true"></span>
    <div class="grow min"><b role="status">${starting ? _("Recording starts…") : _("Recording")}</b><small>${note}</small></div>
    <div class="recording-buttons">
      <button type="button" class="button call-small strong pause-card" disabled=${starting} onClick=${() => pauseRecording("card")}><${Icon} name="player-pause" />${_("Pause for card data")}</button>
      <button type="button" class="button call-small" disabled=${starting} onClick=${() => pauseRecording("private")}>${_("Caller wishes a pause")}</button>
    </div></div>`;
}

export function RecordingBar() {
  if (call.value.provider !== "browser") return html`<${TelephoneRecording} />`;
  const { policy, consent } = call.value.recording ?? { policy: "off" };
  if (pause.value) return html`<${Paused} />`;
  if (["on", "starting"].includes(recorderState.value)) return html`<${Running} />`;
  if (policy === "off" || role.value !== "device") return null;
  if (recorderState.value === "failed") return html`<${Quiet} icon="alert-triangle" text=${_("This browser can't record. The call is not recorded.")} />`;
  if (consent !== "told") return html`<${Refused} consent=${consent} />`;
  if (policy === "on_request" && call.value.reservation_state === "active") return html`<${Quiet} icon="microphone" text=${_("Not recorded so far.")}>
    <${ActButton} class="call-small strong" icon="player-record" run=${askToRecord}>${_("Record this call")}<//><//>`;
  return null;
}
