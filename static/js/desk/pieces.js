// The small parts every pane is made of: icons, pills, avatars, running times, buttons that know their request.
import { html, useEffect, useRef } from "/static/vendor/ui.mjs";
import { _, fmt } from "/static/js/i18n.js";
import { tick } from "/static/js/live.js";
import { busy, canAct, live } from "/static/js/desk/store.js";

const SPRITE = document.getElementById("desk").dataset.icons;

export const Icon = ({ name, size = "" }) => html`<svg class=${`icon ${size}`} aria-hidden="true"><use href=${`${SPRITE}#${name}`}></use></svg>`;

export const Pill = ({ tone = "", icon, dot, children, title }) => html`
  <span class=${`pill ${tone && `tone-${tone}`}`} title=${title}>
    ${dot && html`<span class="dot"></span>`}${icon && html`<${Icon} name=${icon} size="small" />`}<span class="truncate">${children}</span>
  </span>`;

export const Avatar = ({ name, size = "", icon }) => html`
  <span class=${`avatar ${size} tone-${toneOf(name)}`} aria-hidden="true">${name ? initials(name) : html`<${Icon} name=${icon ?? "user-question"} size="small" />`}</span>`;

// Initials and tone as app/domain/names.py makes them, so that a person looks the same on the desk and on every other page
const WIDE = /[\u1100-\u115f\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff]/;

function initials(name) {
  const words = name.split(/\s+/).filter((word) => /^[\p{L}\p{N}]/u.test(word)).map((word) => [...word][0]);
  if (!words.length) return "?";
  const last = words.length > 1 && !WIDE.test(words.at(-1)) ? words.at(-1) : "";
  return WIDE.test(words[0]) ? words[0] : (words[0] + last).toUpperCase();
}

const TONES = ["accent", "violet", "info", "warn"];

function toneOf(name) {
  let crc = 0xffffffff;
  for (const byte of new TextEncoder().encode(name ?? "")) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return TONES[((crc ^ 0xffffffff) >>> 0) % TONES.length];
}

/** Whole seconds since `when` (ISO) by the server's clock; stands still while the server can't be heard, unless `always`. */
export function secondsSince(when, { always = false } = {}) {
  const heard = always ? 0 : live.locked.value ? live.silence.value : 0;
  return Math.max(0, Math.floor((tick.value + live.offset.value - heard - Date.parse(when)) / 1000));
}

/** A running mm:ss. Only this text node changes every second. */
export const Elapsed = ({ since, always }) => html`<span class="tabular">${fmt.duration(since ? secondsSince(since, { always }) : 0)}</span>`;

/** A button for one request: busy while it is on its way, locked while the server can't be heard. */
export function ActButton({ run, waitsFor, class: kind = "", icon, disabled = false, title, label, children, ...rest }) {
  const waiting = waitsFor && busy.value.has(waitsFor);
  return html`<button type="button" class=${`button ${kind}`} aria-busy=${waiting ? "true" : undefined} aria-label=${label}
    disabled=${disabled || !canAct.value} title=${canAct.value ? title : _("Locked until the server can be heard")} onClick=${() => !waiting && run()} ...${rest}>
    ${icon && html`<${Icon} name=${waiting ? "loader-2" : icon} size="small" />`}${children}</button>`;
}

/** A native modal <dialog>, open as long as it is drawn. */
export function Dialog({ title, wide = false, onClose, children, closable = true }) {
  const element = useRef(null);
  useEffect(() => {
    const dialog = element.current;
    if (!dialog.open) dialog.showModal();
    return () => dialog.close();
  }, []);
  return html`<dialog ref=${element} class=${`dialog ${wide ? "wide" : ""}`} aria-label=${title}
      onCancel=${(event) => { event.preventDefault(); if (closable) onClose(); }}>
    <header class="dialog-head"><h2>${title}</h2>
      ${closable && html`<button type="button" class="icon-button small" aria-label=${_("Close")} onClick=${onClose}><${Icon} name="x" /></button>`}
    </header>
    ${children}
  </dialog>`;
}

export const Callout = ({ tone = "info", icon = "info-circle", title, children }) => html`
  <div class=${`callout tone-${tone}`}><${Icon} name=${icon} /><b>${title}</b>${children && html`<div class="callout-body">${children}</div>`}</div>`;

export const Empty = ({ icon, title, children }) => html`<div class="empty"><${Icon} name=${icon} size="huge" /><b>${title}</b>${children}</div>`;

/** Five bars of the line's quality, with the word for it. */
export const QUALITY = () => [_("No sound"), _("Poor"), _("Fair"), _("Good"), _("Very good")];
