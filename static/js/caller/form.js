// The form of the call page: language, topic, number (a claim), name, the notice, the click.
import { html, useEffect, useRef, useSignal } from "/static/vendor/ui.mjs";
import { _, languageTag, ngettext } from "/static/js/i18n.js";
import { newsCount, watchNews } from "/static/js/caller/news.js";
import { Announcement, data, FieldError, Icon } from "/static/js/caller/pieces.js";
import { refusal, startCall } from "/static/js/caller/session.js";
import { leaveMessage } from "/static/js/caller/voicemail.js";
import { microphoneHelp } from "/static/js/caller/words.js";

const LONGEST_NAME = 200;
// One key per try: the same click sent twice starts one call; after a refusal the next click is a new try
let key = crypto.randomUUID();

function Choices({ legend, name, options, value, onPick, error }) {
  return html`<fieldset class="choices" aria-describedby=${error ? `${name}-error` : undefined}>
    <legend>${legend}</legend>
    ${options.map((option) => html`<label class="choice" key=${option.code} lang=${option.lang}>
      <input type="radio" name=${name} value=${option.code} checked=${value === option.code} onChange=${() => onPick(option.code)} />
      <span>${option.name}${option.closed && html`<small class="choice-closed"><${Icon} name="clock-pause" size="small" />${_("Closed now")}</small>`}</span></label>`)}
    <${FieldError} id=${`${name}-error`} text=${error} />
  </fieldset>`;
}

/** What the caller should know before calling about this topic: that it is closed, and until when; what is announced. */
function TopicNews({ topic }) {
  return html`${topic?.announcement && html`<${Announcement} text=${topic.announcement} />`}
    ${topic?.closed && html`<div class="call-news is-closed" role="status"><${Icon} name="clock-pause" />
      <div>${topic.closed.map((line, place) => place ? html`<p key=${place}>${line}</p>` : html`<p key=${place}><strong>${line}</strong></p>`)}</div></div>`}`;
}

const mayRecord = (topic) => Boolean(topic) && topic.recording !== "off";

/** Whether the sound is recorded, which depends on the topic; who refuses is served all the same. */
function RecordingNotice({ topic, refused, onRefuse }) {
  if (!topic && data.topics.some(mayRecord)) return html`<p>${_("Some of our lines record calls. Choose what your call is about to see whether this one does.")}</p>`;
  if (!mayRecord(topic)) return html`<p>${_("The sound itself is not recorded.")}</p>`;
  const days = ngettext("The recording is deleted after %(num)s day.", "The recording is deleted after %(num)s days.", topic.recording_days);
  return html`<div class="recording-notice" role="status"><${Icon} name="player-record" /><div>
      <p><strong>${topic.recording === "on" ? _("This call is recorded.") : _("This call may be recorded.")}</strong> ${_("That settles questions later. You see a mark while it runs, and it pauses while you read out card data.")} ${days}</p></div></div>
    <label class="check"><input type="checkbox" name="refuse_recording" checked=${refused} onChange=${(event) => onRefuse(event.currentTarget.checked)} />
      <span>${_("Please don't record my call. I am served all the same.")}</span></label>`;
}

export function Form() {
  const spoken = { "zh-Hans": "zh_Hans", "zh-Hant": "zh_Hant" }[languageTag] ?? "en";
  const values = useSignal({ language: spoken, topic: "", number: "", name: "", notice: false, refuse: false });
  const errors = useSignal({});
  const problem = useSignal("");
  const starting = useSignal(false);
  const summary = useRef(null);
  useEffect(watchNews, []);
  newsCount.value; // drawn anew when a line opens or closes
  const topic = data.topics.find((one) => one.code === values.value.topic);
  const set = (name, value) => { values.value = { ...values.value, [name]: value }; };

  function pickTopic(code) {
    const other = mayRecord(data.topics.find((one) => one.code === code)) !== mayRecord(topic);
    // The notice says something else now: what was agreed to is no longer what stands there
    values.value = { ...values.value, topic: code, ...(topic && other ? { notice: false, refuse: false } : {}) };
  }

  async function submit(event) {
    event.preventDefault();
    if (starting.value) return;
    const wantsMessage = event.submitter?.value === "message";
    const missing = {};
    if (!values.value.topic) missing.topic = _("Please choose what your call is about.");
    if (!values.value.notice) missing.notice = _("Please read the notice and agree to it first.");
    errors.value = missing;
    problem.value = "";
    if (Object.keys(missing).length) return focusFirst(event.currentTarget);
    starting.value = true;
    try {
      await startCall({ ...values.value, recording_notice: mayRecord(topic), refuse_recording: values.value.refuse }, key, { expectRefusal: Boolean(topic?.closed) });
    } catch (error) {
      if (error.code) key = crypto.randomUUID();
      if (refusal.value && wantsMessage) return leaveMessage();
      problem.value = error.kind ? microphoneHelp(error.kind) : error.message;
      errors.value = error.fields ?? {};
      requestAnimationFrame(() => summary.current?.focus()); // it is not on the page before this render
    } finally {
      starting.value = false;
    }
  }

  const focusFirst = (form) => form.querySelector('[name="topic"], [name="notice"]')?.focus();
  const now = values.value;
  return html`<section class="card call-card">
    <div class="call-lead"><span class="call-badge"><${Icon} name="phone-call" size="large" /></span>
      <div><h1>${_("Call us")}</h1><p class="soft">${_("Speak with us from this page, on any device with a microphone. It costs nothing.")}</p></div></div>
    ${data.announcement && html`<${Announcement} text=${data.announcement} />`}
    ${problem.value && html`<div class="error-summary" role="alert" tabindex="-1" ref=${summary}>${problem.value}
      ${refusal.value && html`<button class="button primary" type="button" onClick=${leaveMessage}><${Icon} name="microphone" size="small" />${_("Leave a message")}</button>`}</div>`}
    <form class="form" onSubmit=${submit} novalidate>
      <${Choices} legend=${_("Which language would you like to speak?")} name="language" value=${now.language} onPick=${(code) => set("language", code)}
        options=${data.languages.map((one) => ({ ...one, lang: one.code.replace("_", "-") }))} error=${errors.value.language} />
      <${Choices} legend=${_("What is your call about?")} name="topic" value=${now.topic} onPick=${pickTopic} options=${data.topics} error=${errors.value.topic} />
      <${TopicNews} topic=${topic} />
      <div class="field"><label for="number">${_("Your phone number")} <span class="optional">(${_("optional")})</span></label>
        <input class="input" id="number" name="number" type="tel" autocomplete="tel" maxlength="60" value=${now.number} aria-describedby="number-hint" aria-invalid=${errors.value.number ? "true" : undefined}
          onInput=${(event) => set("number", event.currentTarget.value)} />
        <span class="hint" id="number-hint">${_("With it we find your parcels sooner and can send you an SMS. We treat it as unconfirmed.")}</span>
        <${FieldError} id="number-error" text=${errors.value.number} /></div>
      <div class="field"><label for="name">${_("Your name")} <span class="optional">(${_("optional")})</span></label>
        <input class="input" id="name" name="name" autocomplete="name" maxlength=${LONGEST_NAME} value=${now.name} aria-invalid=${errors.value.name ? "true" : undefined}
          onInput=${(event) => set("name", event.currentTarget.value)} />
        <${FieldError} id="name-error" text=${errors.value.name} /></div>
      <div class="notice"><h2>${_("Before we talk")}</h2>
        <p>${_("We keep a note of this call, with your number and what it was about, so that colleagues can help you next time.")}</p>
        <p>${_("A colleague in training may listen to the call. You don't hear them, and while you read out card data in a recorded call they don't hear you.")}</p>
        <${RecordingNotice} topic=${topic} refused=${now.refuse} onRefuse=${(refuse) => set("refuse", refuse)} />
        <label class="check"><input type="checkbox" name="notice" checked=${now.notice} onChange=${(event) => set("notice", event.currentTarget.checked)} aria-describedby=${errors.value.notice ? "notice-error" : undefined} />
          <span>${_("I have read this and agree.")}</span></label>
        <${FieldError} id="notice-error" text=${errors.value.notice} /></div>
      ${topic?.closed && html`<button class="button primary call-button" type="submit" value="message" disabled=${starting.value}><${Icon} name="microphone" />${_("Leave a message")}</button>`}
      <button class=${`button call-button ${topic?.closed ? "" : "primary"}`} type="submit" aria-busy=${starting.value ? "true" : undefined}>
        <${Icon} name=${starting.value ? "loader-2" : "phone"} />${starting.value ? _("Connecting…") : _("Call")}</button>
      <p class="hint call-hint">${_("Your browser will ask for the microphone.")}</p>
    </form></section>`;
}
