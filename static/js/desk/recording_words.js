// What the bars of a recording say alike, whoever makes it: the page, or the carrier of a telephone call.
import { html } from "/static/vendor/ui.mjs";
import { _ } from "/static/js/i18n.js";
import { Icon } from "/static/js/desk/pieces.js";

/** After so many seconds of silence the bar asks whether the reason still holds. */
export const REMIND_AFTER_S = 60;

export const REASONS = () => ({ card: _("Recording paused for card data"), private: _("Recording paused at the caller's wish") });

export const Quiet = ({ icon, text, children }) => html`<div class="recording-bar" data-recording="off"><${Icon} name=${icon} size="small" /><span class="grow min">${text}</span>${children}</div>`;

/** Why this caller is not recorded, or nothing where consent stands. */
export function Refused({ consent }) {
  if (consent === "refused") return html`<${Quiet} icon="ban" text=${_("Not recorded: the caller refused.")} />`;
  if (consent === "withdrawn") return html`<${Quiet} icon="ban" text=${_("Not recorded: this customer withdrew consent.")} />`;
  return html`<${Quiet} icon="ban" text=${_("Not recorded: the caller was not told of it.")} />`;
}
