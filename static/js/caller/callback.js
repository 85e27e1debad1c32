// The page of a callback: it keeps the place in line, rings when an agent is there, and says honestly what happens without it.
import { effect, html, signal, useSignal } from "/static/vendor/ui.mjs";
import { _, fmt } from "/static/js/i18n.js";
import { tick } from "/static/js/live.js";
import { startRing } from "/static/js/voice/ring.js";
import { Announcement, FieldError, Icon, data } from "/static/js/caller/pieces.js";
import { allowSound, answerCallback, answerInWriting, askForCallback, declineCallback, hangUp, image, live, microphoneProblem, sayIAmHere, soundLocked, startOver } from "/static/js/caller/session.js";
import { bandText, inPageLanguage, microphoneHelp, placeText } from "/static/js/caller/words.js";

const failure = signal("");
const busy = signal("");

async function act(name, step) {
  if (busy.peek()) return;
  busy.value = name;
  failure.value = "";
  try {
    await step();
  } catch (error) {
    failure.value = error.kind ? microphoneHelp(error.kind) : error.message;
  } finally {
    busy.value = "";
  }
}

// The ring follows the image, and so do the title and the notification: a tab in the background must be found
const title = document.title;
let stopRing = null;
let notification = null;
effect(() => {
  const rings = image.value?.callback?.state === "ringing" && !image.value.callback.by_phone && image.value.state === "bridging" && !soundLocked.value;
  if (rings && !stopRing) stopRing = startRing();
  else if (!rings && stopRing) {
    stopRing();
    stopRing = null;
  }
});
effect(() => {
  const rings = image.value?.callback?.state === "ringing";
  document.title = rings ? `(1) ${_("We are calling you")} – Hearback` : image.value?.callback ? `${_("Your callback")} – Hearback` : title;
  if (rings && !notification && window.Notification?.permission === "granted" && document.hidden) {
    notification = new Notification(_("We are calling you"), { body: _("An agent is on the line for you."), tag: "hearback-callback", requireInteraction: true });
    notification.onclick = () => window.focus();
  } else if (!rings) {
    notification?.close();
    notification = null;
  }
  if (rings && navigator.userActivation?.hasBeenActive) navigator.vibrate?.([400, 200, 400, 1000, 400, 200, 400]);
});

const Button = ({ name, icon, kind = "", run, children }) => html`<button class=${`button ${kind}`} type="button" data-act=${name} aria-busy=${busy.value === name ? "true" : undefined} onClick=${() => act(name, run)}>
  <${Icon} name=${icon} />${children}</button>`;

/** Of a quality call only, and only while the house sends links. */
const InWriting = ({ callback }) => callback.kind === "quality" && data.in_writing && html`<${Button} name="in-writing" icon="pencil" run=${() => answerInWriting(callback)}>${_("I would rather answer in writing")}<//>`;

const ENDS = () => ({
  done: [_("The call has ended"), _("Thank you for talking with us. Goodbye!")],
  declined: [_("You said not now"), _("We do not ring again about this. You can call us at any time.")],
  canceled: [_("The callback is canceled"), _("We do not ring. You can call us at any time.")],
  expired: [_("The callback has expired"), _("We could not reach this page in time. Please call us again: we are sorry for the trouble.")],
  unreachable: [_("We could not reach you"), _("We rang several times. Please call us when it suits you.")],
});

function Ended({ callback }) {
  const [headline, words] = ENDS()[callback.state] ?? ENDS().done;
  return html`<div class="phone-sign" aria-hidden="true"><${Icon} name="phone-off" size="huge" /></div>
    <div role="status"><h1>${headline}</h1><p class="soft">${words}</p></div>
    <button class="button primary call-button" type="button" onClick=${startOver}><${Icon} name="phone" />${_("Call us")}</button>`;
}

function Ringing({ callback }) {
  if (callback.by_phone) return html`<div class="phone-sign" aria-hidden="true"><${Icon} name="phone-incoming" size="huge" /></div>
    <div role="alert"><h1>${_("We are calling you")}</h1><p>${_("Please pick up your telephone: %(number)s.", { number: callback.number_pretty })}</p></div>
    <div class="phone-controls"><${Button} name="not-now" icon="phone-off" run=${declineCallback}>${_("Not now")}<//>
      <${InWriting} callback=${callback} /></div>
    <p class="hint">${_("“Not now” ends the callback: we do not ring again about this.")}</p>`;
  const left = Math.max(0, Math.ceil((Date.parse(callback.ring_until) - tick.value - (live?.offset.value ?? 0)) / 1000));
  return html`<div class="phone-sign" aria-hidden="true"><${Icon} name="phone-incoming" size="huge" /></div>
    <div role="alert"><h1>${_("We are calling you")}</h1><p>${_("An agent is on the line for you.")}</p></div>
    <p class="soft tabular" aria-hidden="true">${_("Rings for %(seconds)s more seconds", { seconds: fmt.number(left) })}</p>
    <div class="phone-controls">
      <${Button} name="answer" kind="primary" icon="phone" run=${answerCallback}>${_("Answer")}<//>
      <${Button} name="not-now" icon="phone-off" run=${declineCallback}>${_("Not now")}<//>
      <${InWriting} callback=${callback} /></div>
    <p class="hint">${_("“Not now” ends the callback: we do not ring again about this.")}</p>`;
}

function Unanswered({ callback, aside, byPhone }) {
  return html`<div class="phone-sign" aria-hidden="true"><${Icon} name="phone-x" size="huge" /></div>
    <div role="status"><h1>${_("We rang and you did not answer")}</h1>
      <p class="soft">${_("You keep your place. We ring again in about half an hour, or as soon as you say that you are here.")}</p></div>
    <div class="phone-controls">
      <${Button} name="here" kind="primary" icon="circle-check" run=${aside || byPhone ? sayIAmHere : answerCallback}>${_("I am here now")}<//>
      <${InWriting} callback=${callback} />
      <${Button} name="cancel" icon="x" run=${hangUp}>${_("Cancel the callback")}<//></div>`;
}

/** Until when the place is kept, as the server keeps it; with the day when that is not today. */
const keptUntil = (callback) => {
  const until = new Date(callback.expires_at);
  return fmt.date(until) === fmt.date(new Date()) ? fmt.time(until) : fmt.dateTime(until);
};

/** What happens if the page is closed; nothing is promised that this desk cannot do. */
function Honestly({ callback }) {
  if (callback.by_phone) return html`<div class="call-news is-announced callback-honest"><${Icon} name="phone-incoming" /><div>
    <p><strong>${_("We ring your telephone: %(number)s.", { number: callback.number_pretty })}</strong></p>
    <p>${_("You may close this page. If you do not answer we try again later; after %(time)s we stop.", { time: keptUntil(callback) })}</p></div></div>`;
  return html`<div class="call-news is-announced callback-honest"><${Icon} name="info-circle" /><div>
    <p><strong>${_("Keep this page open: it rings here.")}</strong></p>
    <p>${_("If you close it, your place waits for you until %(time)s: open this address again and you are back in line.", { time: keptUntil(callback) })}</p>
    <p>${callback.number_pretty
      ? _("We have noted your number %(number)s. We cannot ring telephones yet, so we cannot reach you there while this page is closed.", { number: callback.number_pretty })
      : _("We cannot ring telephones yet, so we cannot reach you while this page is closed.")}</p></div></div>`;
}

function Waiting({ now, callback }) {
  const offline = live && live.state.value !== "live";
  return html`<div class="phone-sign" aria-hidden="true"><${Icon} name="phone-incoming" size="huge" /></div>
    <div role="status"><h1>${callback.by_phone ? _("We call you back") : _("We call you back on this page")}</h1>
      ${now.position && html`<p>${placeText(now)}.</p>`}
      <p class="soft">${now.band && now.band !== "unknown" ? _("Expected waiting time: %(band)s.", { band: bandText(now.band) }) : _("We can't say how long it will take right now.")}</p>
      ${offline && html`<p class="soft"><${Icon} name="wifi-off" size="small" /> ${_("Reconnecting… your place is kept.")}</p>`}</div>
    <${Honestly} callback=${callback} />
    <div class="phone-controls"><${InWriting} callback=${callback} />
      <${Button} name="cancel" icon="x" run=${hangUp}>${_("Cancel the callback")}<//></div>`;
}

export function Callback() {
  const now = image.value;
  const callback = now.callback;
  const rings = callback.state === "ringing";
  const unanswered = callback.state === "unanswered" || callback.aside === "not_reached";
  const tone = now.state === "ended" ? "ended" : rings ? "talking" : unanswered ? "warn" : "waiting";
  return html`<section class=${`card call-card phone-view callback-view is-${tone} ${rings ? "is-ringing" : ""}`} data-call-state=${now.state} data-callback-state=${callback.state}>
    ${soundLocked.value && now.state !== "ended" && !callback.by_phone && html`<div class="call-banner" role="alert"><span>${_("Your browser keeps this page silent until you click: we could not ring.")}</span>
      <button class="button primary" type="button" onClick=${allowSound}><${Icon} name="volume" size="small" />${_("Turn the sound on")}</button></div>`}
    ${microphoneProblem.value && rings && html`<div class="call-banner" role="alert"><span>${microphoneHelp(microphoneProblem.value)}</span></div>`}
    ${(now.announcements ?? []).map((texts) => html`<${Announcement} key=${texts.en} text=${inPageLanguage(texts)} />`)}
    ${now.state === "ended" ? html`<${Ended} callback=${callback} />`
      : rings ? html`<${Ringing} callback=${callback} />`
      : unanswered ? html`<${Unanswered} callback=${callback} aside=${callback.aside} byPhone=${callback.by_phone} />`
      : html`<${Waiting} now=${now} callback=${callback} />`}
    ${failure.value && html`<div class="error-summary" role="alert">${failure.value}</div>`}
  </section>`;
}

/** On the page of a caller who waits: the way out of the line that keeps the place. */
export function CallbackOffer({ now }) {
  const number = useSignal("");
  const error = useSignal("");
  const open = useSignal(false);
  const known = Boolean(now.number_given);

  const ask = (event) => {
    event.preventDefault();
    error.value = "";
    act("callback", () => askForCallback(number.value).catch((refused) => {
      error.value = refused.fields?.number ?? "";
      if (!error.value) throw refused;
    }));
  };

  if (!open.value) return html`<button class="button call-button callback-offer" type="button" onClick=${() => { open.value = true; }}><${Icon} name="phone-incoming" />${_("Call me back and keep my place")}</button>`;
  return html`<form class="callback-form" onSubmit=${ask}><h2>${_("Call me back and keep my place")}</h2>
    ${now.rings_telephones
      ? html`<p>${known ? _("You leave the line, the music stops, and your place is kept. When it is your turn, we ring your telephone.") : _("You leave the line, the music stops, and your place is kept. With your number we ring your telephone when it is your turn; without it this page rings: keep it open.")}</p>`
      : html`<p>${_("You leave the line, the music stops, and your place is kept. When it is your turn, this page rings: keep it open.")}</p>
        <p class="soft">${_("We cannot ring telephones yet. A number only helps us to find you; without this page open we cannot reach you.")}</p>`}
    ${!known && html`<div class="field"><label for="callback-number">${_("Your phone number")} <span class="optional">(${_("optional")})</span></label>
      <input class="input" id="callback-number" type="tel" autocomplete="tel" maxlength="60" value=${number.value} aria-invalid=${error.value ? "true" : undefined} aria-describedby=${error.value ? "callback-number-error" : undefined}
        onInput=${(event) => { number.value = event.currentTarget.value; }} />
      <${FieldError} id="callback-number-error" text=${error.value} /></div>`}
    ${failure.value && html`<div class="error-summary" role="alert">${failure.value}</div>`}
    <div class="phone-controls">
      <button class="button primary" type="submit" aria-busy=${busy.value === "callback" ? "true" : undefined}><${Icon} name="phone-incoming" />${_("Call me back")}</button>
      <button class="button" type="button" onClick=${() => { open.value = false; }}>${_("Keep waiting")}</button></div></form>`;
}
