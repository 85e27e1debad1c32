// "Leave a message": for a caller whom nobody can answer now, or who does not want to wait. Spoken or typed.
import { computed, effect, html, signal, useEffect, useRef, useSignal } from "/static/vendor/ui.mjs";
import { _, fmt, ngettext } from "/static/js/i18n.js";
import { data, FieldError, Icon } from "/static/js/caller/pieces.js";
import { claimed, image, phase, refusal, startOver } from "/static/js/caller/session.js";
import { placeText } from "/static/js/caller/words.js";
import { behind, discard, level, longest, problem, record, recordable, seconds, send, sendLeaving, sent, sound, stage, stop, write } from "/static/js/caller/voicemail_recorder.js";

const IN_LINE = ["queued", "offering"];
const SOON_S = 30; // from here on the end is said aloud
const SLOW = 3; // chunks that may wait before it is worth a word

const inLine = computed(() => IN_LINE.includes(image.value?.state));
/** Kept when an agent answers in the middle of it. */
const text = signal("");
const address = signal({ number: "", email: "" });

/** Opens the card; the caller keeps the place in line, if there is one, until something is recorded or sent. */
export function leaveMessage() {
  if (!address.peek().number) address.value = { ...address.peek(), number: claimed.peek().number };
  if (stage.peek() === "ready" && !recordable()) stage.value = "writing";
  phase.value = "message";
}

// An agent answers while the caller is still thinking: the call comes first, nothing typed is lost
effect(() => {
  const answered = ["bridging", "connected", "held", "consulting", "transferred"].includes(image.value?.state);
  if (answered && phase.peek() === "message") phase.value = "call";
});

window.addEventListener("pagehide", () => sendLeaving(address.peek()));

const microphoneWords = (kind) => ({
  denied: _("The microphone is blocked for this page. Allow it in your browser (the icon beside the address) and try again, or type your message."),
  missing: _("We found no microphone. Plug one in and try again, or type your message."),
  busy: _("Another program is using the microphone. Close it there and try again, or type your message."),
}[kind] ?? _("The microphone could not be opened. Please try again, or type your message."));

/** True when the wait ended because of us: then the message is what comes first, and else another call. */
export const isTurnedAway = (now) => Boolean(now.message?.allowed) && ["closed", "queue_full", "max_wait"].includes(now.end_reason);

/** The way in: a button, and for whom nobody is there a word about it. */
export function MessageOffer({ now }) {
  if (!now.message?.allowed) return null;
  const button = (label, kind) => html`<button class=${`button ${kind}`} type="button" onClick=${leaveMessage}><${Icon} name="microphone" size="small" />${label}</button>`;
  if (!inLine.value) return html`<div class="message-offer">${button(_("Leave a message"), `call-button ${isTurnedAway(now) ? "primary" : ""}`)}</div>`;
  if (!now.message.nobody) return html`<div class="message-offer">${button(_("Leave a message instead"), "quiet")}</div>`;
  return html`<div class="call-news is-closed message-offer" role="status"><${Icon} name="user-off" />
    <div><p><strong>${_("Nobody is here to answer at the moment.")}</strong></p>
      <p>${_("You can keep waiting, or leave a message: it is answered as soon as somebody is back.")}</p>${button(_("Leave a message"), "primary")}</div></div>`;
}

function Address({ errors }) {
  const set = (name) => (event) => { address.value = { ...address.value, [name]: event.currentTarget.value }; };
  const described = (name) => [`message-${name}-hint`, errors[name] && `message-${name}-error`].filter(Boolean).join(" ");
  return html`<fieldset class="message-address"><legend>${_("Where shall we answer?")}</legend>
    <div class="field"><label for="message-number">${_("Your phone number")}</label>
      <input class="input" id="message-number" type="tel" autocomplete="tel" maxlength="60" value=${address.value.number} aria-invalid=${errors.number ? "true" : undefined} aria-describedby=${described("number")} onInput=${set("number")} />
      <span class="hint" id="message-number-hint">${_("We answer by SMS.")}</span>
      <${FieldError} id="message-number-error" text=${errors.number} /></div>
    <div class="field"><label for="message-email">${_("or your e-mail address")}</label>
      <input class="input" id="message-email" type="email" autocomplete="email" maxlength="254" value=${address.value.email} aria-invalid=${errors.email ? "true" : undefined} aria-describedby=${described("email")} onInput=${set("email")} />
      <span class="hint" id="message-email-hint">${_("If you have no mobile phone.")}</span>
      <${FieldError} id="message-email-error" text=${errors.email} /></div></fieldset>`;
}

function Ready() {
  const days = image.value?.message?.days ?? data.topics.find((one) => one.code === claimed.value.topic)?.recording_days;
  return html`<ul class="message-tips">
      <li>${_("Say who you are and what it is about; a tracking number helps.")}</li>
      <li>${ngettext("%(num)s minute fits. You can listen to it before you send it.", "%(num)s minutes fit. You can listen to it before you send it.", Math.round(longest.value / 60))}</li>
      ${days && html`<li>${ngettext("Your message is recorded. Only those who take care of it hear it, and it is deleted after %(num)s day.", "Your message is recorded. Only those who take care of it hear it, and it is deleted after %(num)s days.", days)}</li>`}</ul>
    <button class="button primary call-button" type="button" aria-busy=${stage.value === "starting" ? "true" : undefined} onClick=${record}><${Icon} name=${stage.value === "starting" ? "loader-2" : "player-record"} />${_("Record")}</button>
    <button class="button" type="button" onClick=${() => { problem.value = null; stage.value = "writing"; }}><${Icon} name="pencil" size="small" />${_("Type it instead")}</button>`;
}

function Recording() {
  const left = Math.max(0, longest.value - seconds.value);
  const told = left <= 10 ? 10 : left <= SOON_S ? SOON_S : 0;
  return html`<div class="message-live">
      <span class="message-dot" aria-hidden="true"></span><span class="call-timer tabular" role="timer" aria-label=${_("Recorded so far")}>${fmt.duration(seconds.value)}</span>
      <span class=${`message-left tabular ${left <= SOON_S ? "tone-warn tone-text" : "soft"}`}>${_("%(time)s left", { time: fmt.duration(Math.ceil(left)) })}</span></div>
    <progress class="message-progress" max=${longest.value} value=${seconds.value} aria-label=${_("Used of the time")}></progress>
    <div class="field"><span class="label" id="message-level">${_("We hear you this loud")}</span><meter class="bar message-level" min="0" max="100" value=${Math.round(level.value * 100)} aria-labelledby="message-level"></meter></div>
    <span class="visually-hidden" role="status">${told ? ngettext("%(num)s second left", "%(num)s seconds left", told) : ""}</span>
    ${behind.value > SLOW && html`<p class="message-slow" role="status"><${Icon} name="wifi-off" size="small" /> ${_("Your connection is slow. Go on speaking, and keep this page open until it is sent.")}</p>`}
    <button class="button primary call-button" type="button" onClick=${stop}><${Icon} name="player-stop" />${_("Stop")}</button>
    <button class="button quiet" type="button" onClick=${discard}><${Icon} name="trash" size="small" />${_("Throw it away")}</button>`;
}

/** What was recorded, to hear: its length is known here, the file itself does not say it. */
function Listen() {
  const audio = useRef(null);
  const playing = useSignal(false);
  const at = useSignal(0);
  useEffect(() => {
    const element = new Audio(sound.value);
    const show = () => { at.value = element.currentTime; playing.value = !element.paused; };
    const events = ["play", "pause", "timeupdate", "ended"];
    for (const name of events) element.addEventListener(name, show);
    audio.current = element;
    return () => element.pause();
  }, [sound.value]);
  const toggle = () => playing.value ? audio.current.pause() : audio.current.play().catch(() => {});
  return html`<div class="message-listen"><button class="button" type="button" onClick=${toggle}><${Icon} name=${playing.value ? "player-pause" : "player-play"} size="small" />${playing.value ? _("Pause") : _("Listen to it")}</button>
    <progress class="message-progress" max=${seconds.value} value=${Math.min(at.value, seconds.value)} aria-label=${_("Position in the recording")}></progress>
    <span class="tabular soft">${fmt.duration(at.value)} / ${fmt.duration(seconds.value)}</span></div>`;
}

/** `deliver(address)` sends; what is to mend stands beside its field. */
function SendForm({ deliver, children }) {
  const errors = useSignal({});
  const sending = stage.value === "sending";
  async function submit(event) {
    event.preventDefault();
    if (sending) return;
    errors.value = {};
    const form = event.currentTarget;
    try {
      await deliver(address.peek());
    } catch (error) {
      errors.value = error.fields ?? {};
      if (!Object.keys(errors.value).length) problem.value = { message: error.message };
      requestAnimationFrame(() => form.querySelector('[aria-invalid="true"]')?.focus());
    }
  }
  return html`<form class="form" onSubmit=${submit} novalidate>${children?.(errors.value)}<${Address} errors=${errors.value} />
    <button class="button primary call-button" type="submit" aria-busy=${sending ? "true" : undefined}><${Icon} name=${sending ? "loader-2" : "send"} />${sending ? _("Sending…") : _("Send the message")}</button></form>`;
}

function Review() {
  return html`<${Listen} />
    <${SendForm} deliver=${send} />
    <div class="phone-controls"><button class="button" type="button" onClick=${record}><${Icon} name="refresh" size="small" />${_("Record anew")}</button>
      <button class="button quiet" type="button" onClick=${discard}><${Icon} name="trash" size="small" />${_("Throw it away")}</button></div>
    <p class="hint call-hint">${_("If you close this page now, we deliver the message as it is.")}</p>`;
}

function Writing() {
  const typed = (errors) => html`<div class="field"><label for="message-text">${_("Your message")}</label>
    <textarea class="input" id="message-text" rows="6" maxlength="5000" value=${text.value} aria-invalid=${errors.text ? "true" : undefined} aria-describedby=${errors.text ? "message-text-error" : undefined} onInput=${(event) => { text.value = event.currentTarget.value; }}></textarea>
    <${FieldError} id="message-text-error" text=${errors.text} /></div>`;
  return html`<${SendForm} deliver=${(to) => write(text.peek(), to)}>${typed}<//>
    ${recordable() && html`<button class="button" type="button" onClick=${() => { problem.value = null; stage.value = "ready"; }}><${Icon} name="microphone" size="small" />${_("Speak instead")}</button>`}`;
}

function Sent() {
  const { reference, by_sms: bySms } = sent.value;
  return html`<p class="soft">${_("Your reference")}</p><p class="message-reference tabular">${reference}</p>
    <ol class="message-next">
      ${bySms && html`<li>${_("We send the reference to your phone, unless you asked us for no more texts.")}</li>`}
      <li>${_("The next colleague who knows the subject hears or reads it, in the language you chose.")}</li>
      <li>${bySms ? _("The answer comes by SMS. To add something, just reply to it.") : _("The answer comes by e-mail. To add something, call again and name the reference.")}</li></ol>
    <button class="button" type="button" onClick=${startOver}><${Icon} name="phone" size="small" />${_("Back to the start")}</button>`;
}

const STAGES = { ready: Ready, starting: Ready, recording: Recording, review: Review, writing: Writing, sent: Sent };
const TITLES = { recording: () => _("Please speak now"), review: () => _("Your message is recorded"), sent: () => _("We have your message") };
const SIGNS = { recording: "player-record", sent: "check", writing: "pencil" };

export function MessageCard() {
  const heading = useRef(null);
  const shown = useRef("review");
  if (stage.value !== "sending") shown.current = stage.value; // what is being sent stays in sight
  const now = shown.current;
  useEffect(() => heading.current?.focus(), [now === "starting" ? "ready" : now]);
  const waits = inLine.value && ["ready", "writing"].includes(now);
  const back = now === "ready" || now === "writing";
  return html`<section class="card call-card message-card" data-message-stage=${stage.value}>
    <div class="call-lead"><span class=${`call-badge ${now === "recording" ? "is-recording" : ""}`}><${Icon} name=${SIGNS[now] ?? "microphone"} size="large" /></span>
      <div><h1 tabindex="-1" ref=${heading}>${TITLES[now]?.() ?? _("Leave a message")}</h1>
        ${back && html`<p class="soft">${waits ? _("It becomes a request with a reference, and a person answers it.") : refusal.value || _("It becomes a request with a reference, and a person answers it.")}</p>`}</div></div>
    ${waits && html`<div class="call-news is-announced" role="status"><${Icon} name="hourglass" /><div><p><strong>${placeText(image.value)}</strong></p><p>${_("You keep your place until you press record or send. Then you leave the line.")}</p></div></div>`}
    ${problem.value && html`<div class="error-summary" role="alert">${problem.value.kind ? microphoneWords(problem.value.kind) : problem.value.message}</div>`}
    <${STAGES[now]} />
    ${back && html`<button class="button quiet" type="button" onClick=${() => { problem.value = null; phase.value = image.value ? "call" : "form"; }}><${Icon} name="arrow-left" size="small" />${waits ? _("Keep waiting") : _("Back")}</button>`}
  </section>`;
}
