// The customer's call page: the form, then the telephone. The server owns the call; this page carries the sound.
import { html, render, useEffect } from "/static/vendor/ui.mjs";
import { Callback } from "/static/js/caller/callback.js";
import { Form } from "/static/js/caller/form.js";
import { Phone } from "/static/js/caller/phone_view.js";
import { image, isSilent, phase, resume } from "/static/js/caller/session.js";
import { MessageCard } from "/static/js/caller/voicemail.js";
import { stage } from "/static/js/caller/voicemail_recorder.js";

const root = document.getElementById("caller");

function App() {
  useEffect(() => {
    const leaving = (event) => {
      if (phase.value === "call" && image.value && image.value.state !== "ended" && !isSilent(image.value)) event.preventDefault();
      if (["recording", "sending"].includes(stage.value)) event.preventDefault();
    };
    window.addEventListener("beforeunload", leaving);
    return () => window.removeEventListener("beforeunload", leaving);
  }, []);
  if (phase.value === "message") return html`<${MessageCard} />`;
  if (phase.value === "form") return html`<${Form} />`;
  const calledBack = image.value?.callback && (isSilent(image.value) || image.value.state === "ended");
  return calledBack ? html`<${Callback} />` : html`<${Phone} />`;
}

root.replaceChildren();
render(html`<${App} />`, root);
resume();
