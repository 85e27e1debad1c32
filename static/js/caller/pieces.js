// Small parts of the call page.
import { html } from "/static/vendor/ui.mjs";

const SPRITE = document.getElementById("caller").dataset.icons;

export const data = JSON.parse(document.getElementById("call-data").textContent);

export const Icon = ({ name, size = "" }) => html`<svg class=${`icon ${size}`} aria-hidden="true"><use href=${`${SPRITE}#${name}`}></use></svg>`;

export const FieldError = ({ id, text }) => text
  ? html`<span class="field-error" id=${id}><${Icon} name="alert-circle" size="small" /><span>${text}</span></span>`
  : null;

/** What is announced to callers for as long as it is on. */
export const Announcement = ({ text }) => html`<div class="call-news is-announced" role="status"><${Icon} name="speakerphone" /><p>${text}</p></div>`;
