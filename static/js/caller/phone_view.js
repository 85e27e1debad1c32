// The telephone view: place in line, who is speaking, mute, hang up.
import { html, signal, useSignal } from "/static/vendor/ui.mjs";
import { _, fmt } from "/static/js/i18n.js";
import { tick } from "/static/js/live.js";
import { CallbackOffer } from "/static/js/caller/callback.js";
import { Announcement, Icon } from "/static/js/caller/pieces.js";
import { allowSound, hangUp, image, linkStates, live, microphoneProblem, muted, soundLocked, startOver, toggleMute } from "/static/js/caller/session.js";
import { isTurnedAway, MessageOffer } from "/static/js/caller/voicemail.js";
import { endText, headline, inPageLanguage, microphoneHelp, movedText, waitingText } from "/static/js/caller/words.js";

const failure = signal("");

const Timer = ({ since }) => html`<span class="call-timer tabular" role="timer" aria-label=${_("Duration")}>${fmt.duration((tick.value + (live?.offset.value ?? 0) - Date.parse(since)) / 1000)}</span>`;

function tone(now, lost) {
  if (now.state === "ended") return "ended";
  if (lost || now.came_by === "recovered") return "warn";
  if (now.held) return "held";
  return now.state === "queued" || now.state === "offering" ? "waiting" : now.state === "bridging" ? "waiting" : "talking";
}

const SIGNS = { ended: "phone-off", warn: "wifi-off", held: "player-pause", waiting: "music", talking: "phone-call" };

export function Phone() {
  const leaving = useSignal(false);
  const now = image.value;
  if (!now) return html`<section class="card call-card" aria-busy="true"><h1>${_("Connecting…")}</h1></section>`;
  const lost = now.state !== "ended" && [...linkStates.value.values()].some((state) => state === "lost" || state === "failed");
  const offline = live && live.state.value !== "live" && now.state !== "ended";
  const kind = tone(now, lost);
  const waiting = now.state === "queued" || now.state === "offering";

  async function leave() {
    if (leaving.value) return;
    leaving.value = true;
    failure.value = "";
    try {
      await hangUp();
    } catch (error) {
      failure.value = error.message;
    } finally {
      leaving.value = false;
    }
  }

  return html`<section class=${`card call-card phone-view is-${kind}`} data-call-state=${now.state}>
    ${soundLocked.value && now.state !== "ended" && html`<div class="call-banner" role="alert"><span>${_("Your browser keeps this page silent until you click.")}</span>
      <button class="button primary" type="button" onClick=${allowSound}><${Icon} name="volume" size="small" />${_("Turn the sound on")}</button></div>`}
    ${microphoneProblem.value && now.state !== "ended" && html`<div class="call-banner" role="alert"><span>${microphoneHelp(microphoneProblem.value)}</span>
      <button class="button" type="button" onClick=${allowSound}>${_("Try again")}</button></div>`}
    ${(now.announcements ?? []).map((texts) => html`<${Announcement} key=${texts.en} text=${inPageLanguage(texts)} />`)}
    <div class="phone-sign" aria-hidden="true"><${Icon} name=${SIGNS[kind]} size="huge" /></div>
    <div role="status"><h1>${headline(now, lost)}</h1>
      ${waiting && movedText(now) && html`<p>${movedText(now)}</p>`}
      ${waiting && html`<p class="soft">${waitingText(now)}</p>`}
      ${now.state === "ended" && html`<p class="soft">${endText(now)}</p>`}
      ${offline && html`<p class="soft"><${Icon} name="wifi-off" size="small" /> ${waiting ? _("Reconnecting… your place is kept.") : _("Reconnecting… you can keep talking.")}</p>`}
    </div>
    ${now.state !== "ended" && html`<${Timer} since=${waiting || !now.answered_at ? now.enqueued_at : now.answered_at} />`}
    ${now.recording && html`<p class=${`recording-mark is-${now.recording}`} role="status"><${Icon} name=${now.recording === "on" ? "player-record" : "player-pause"} size="small" />${now.recording === "on" ? _("This call is being recorded") : _("Recording is paused")}</p>`}
    ${now.topic && html`<p class="soft">${now.digits ? _("Keys received: %(keys)s", { keys: now.digits }) : ""}</p>`}
    ${failure.value && html`<div class="error-summary" role="alert">${failure.value}</div>`}
    ${now.state === "queued" && !now.callback && html`<${CallbackOffer} now=${now} />`}
    <${MessageOffer} now=${now} />
    ${now.state === "ended"
      ? html`<button class=${`button call-button ${isTurnedAway(now) ? "" : "primary"}`} type="button" onClick=${startOver}><${Icon} name="phone" />${_("Call again")}</button>`
      : html`<div class="phone-controls">
        <button class="button" type="button" aria-pressed=${muted.value ? "true" : "false"} onClick=${toggleMute} disabled=${waiting}><${Icon} name=${muted.value ? "microphone-off" : "microphone"} />${muted.value ? _("Unmute") : _("Mute")}</button>
        <button class="button danger" type="button" aria-busy=${leaving.value ? "true" : undefined} onClick=${leave}><${Icon} name="phone-off" />${waiting ? _("Leave the line") : _("Hang up")}</button></div>`}
  </section>`;
}
