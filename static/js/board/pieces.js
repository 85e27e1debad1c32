// The small parts of the board: icons, running times, dialogs with a reason.
import { html, useEffect, useRef } from "/static/vendor/ui.mjs";
import { _, fmt } from "/static/js/i18n.js";
import { busy, canOrder, secondsSince } from "/static/js/board/store.js";

const SPRITE = document.getElementById("board").dataset.icons;

export const Icon = ({ name, size = "" }) => html`<svg class=${`icon ${size}`} aria-hidden="true"><use href=${`${SPRITE}#${name}`}></use></svg>`;

/** A running mm:ss by the server's clock. Only this text node changes every second. */
export const Elapsed = ({ since }) => html`<span class="tabular">${since ? fmt.duration(secondsSince(since)) : "–"}</span>`;

/** A native modal <dialog>, open as long as it is drawn. */
export function Dialog({ title, wide = false, onClose, children }) {
  const element = useRef(null);
  useEffect(() => {
    const dialog = element.current;
    if (!dialog.open) dialog.showModal();
    return () => dialog.close();
  }, []);
  return html`<dialog ref=${element} class=${`dialog ${wide ? "wide" : ""}`} aria-label=${title} onCancel=${(event) => { event.preventDefault(); onClose(); }}>
    <header class="dialog-head"><h2>${title}</h2>
      <button type="button" class="icon-button small" aria-label=${_("Close")} onClick=${onClose}><${Icon} name="x" /></button></header>
    ${children}
  </dialog>`;
}

/** The reason that every order needs: told to the agent and kept in the log. */
export const Reason = ({ id, value, onInput, error }) => html`<div class="field">
  <label for=${id}>${_("Reason")}</label>
  <input class="input" id=${id} value=${value} onInput=${(event) => onInput(event.target.value)} maxlength="300" required autocomplete="off"
    aria-invalid=${error ? "true" : undefined} aria-describedby=${`${id}-hint`} />
  ${error && html`<span class="field-error"><${Icon} name="alert-circle" size="small" /><span>${error}</span></span>`}
  <span class="hint" id=${`${id}-hint`}>${_("The agent reads it, and it is kept in the log.")}</span>
</div>`;

export const OrderButton = ({ event, kind = "primary", icon, children, ...rest }) => html`
  <button class=${`button ${kind}`} type="submit" aria-busy=${busy.value.has(event) ? "true" : undefined} disabled=${!canOrder.value}
    title=${canOrder.value ? undefined : _("Locked until the server can be heard")} ...${rest}>${icon && html`<${Icon} name=${icon} size="small" />`}${children}</button>`;

/** What a refused order says, above its form. */
export const Refusal = ({ text }) => text && html`<div class="error-summary" role="alert"><b>${text}</b></div>`;
