// The recording of a telephone call, which the carrier makes: this page only asks. Silence is sure once the carrier has
// confirmed it, so until then the bar says to wait with the card number.
import { html, useSignal } from "/static/vendor/ui.mjs";
import { _, fmt } from "/static/js/i18n.js";
import { toast } from "/static/js/shell.js";
import { askJson, call, canAct, desk } from "/static/js/desk/store.js";
import { Icon, secondsSince } from "/static/js/desk/pieces.js";
import { Quiet, REASONS, Refused, REMIND_AFTER_S } from "/static/js/desk/recording_words.js";

function Ask({ icon, url, body, kind = "", children }) {
  const busy = useSignal(false);
  const run = async () => {
    if (busy.peek()) return;
    busy.value = true;
    await askJson(url, { method: "POST", body: body() }).catch((error) => toast(error.message));
    busy.value = false;
  };
  return html`<button type="button" class=${`button call-small ${kind}`} disabled=${!canAct.value} aria-busy=${busy.value ? "true" : undefined} onClick=${run}><${Icon} name=${icon} size="small" />${children}</button>`;
}

const pauseUrl = (recording) => `/desk/recordings/${recording.open}/pause`;

function Paused({ recording }) {
  const seconds = secondsSince(recording.paused_at, { always: true });
  const sure = recording.told === "paused";
  const words = !sure ? _("The pause is not confirmed yet. Please wait before card data is read out.")
    : seconds >= REMIND_AFTER_S ? _("More than a minute. Is the reason over? Then go on recording.")
    : _("Nothing is recorded now. The gap is noted.");
  return html`<div class=${`recording-bar is-paused ${sure && seconds < REMIND_AFTER_S ? "" : "is-long"}`} data-recording=${sure ? "paused" : "pausing"}>
    <${Icon} name=${sure ? "player-pause" : "loader-2"} />
    <div class="grow min"><b>${sure ? (REASONS()[recording.reason] ?? recording.reason) : _("Pausing the recording…")} <span class="tabular">${fmt.duration(seconds)}</span></b>
      <small role="status">${words}</small></div>
    <${Ask} kind="strong" icon="player-record" url=${pauseUrl(recording)} body=${() => ({ paused: false })}>${_("Resume recording")}<//>
  </div>`;
}

function Running({ recording }) {
  const on = recording.told === "running";
  return html`<div class="recording-bar is-on" data-recording=${on ? "on" : "starting"}>
    <span class="recording-dot" aria-hidden="true"></span>
    <div class="grow min"><b role="status">${on ? _("Recording") : _("Recording starts…")}</b><small>${_("The caller was told.")}</small></div>
    <div class="recording-buttons">
      <${Ask} kind="strong pause-card" icon="player-pause" url=${pauseUrl(recording)} body=${() => ({ paused: true, reason: "card" })}>${_("Pause for card data")}<//>
      <${Ask} icon="player-pause" url=${pauseUrl(recording)} body=${() => ({ paused: true, reason: "private" })}>${_("Caller wishes a pause")}<//>
    </div></div>`;
}

export function TelephoneRecording() {
  const current = call.value;
  const recording = current.recording ?? { policy: "off" };
  if (recording.open) return recording.paused_at ? html`<${Paused} recording=${recording} />` : html`<${Running} recording=${recording} />`;
  if (recording.policy === "off") return null;
  if (recording.consent !== "told") return html`<${Refused} consent=${recording.consent} />`;
  if (recording.policy !== "on_request" || current.reservation_state !== "active") return null;
  const begin = () => ({ reservation: current.reservation, epoch: desk.peek().epoch, media_type: "audio/mpeg", asked_for: true });
  return html`<${Quiet} icon="microphone" text=${_("Not recorded so far.")}><${Ask} kind="strong" icon="player-record" url="/desk/recordings" body=${begin}>${_("Record this call")}<//><//>`;
}
