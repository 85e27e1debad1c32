// What every page needs: CSRF on htmx requests, menus, dialogs, flashes, toasts, theme, the search key.
// Behaviour hangs on data attributes, so that pages need no scripts of their own for it:
//   data-opens="<dialog id>"  data-closes="dialog"  data-dismiss="<selector of what goes>"  data-search
import { _ } from "/static/js/i18n.js";

const closest = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);

/** Header that proves that a request comes from this page. */
export function csrfHeaders() {
  return { "X-CSRFToken": document.querySelector('meta[name="csrf-token"]')?.content ?? "" };
}

// htmx 4: the request's context lies in event.detail.ctx. Only our own origin gets the token.
document.addEventListener("htmx:config:request", (event) => {
  const request = event.detail.ctx.request;
  if (new URL(request.action, document.baseURI).origin === location.origin) Object.assign(request.headers, csrfHeaders());
});

document.addEventListener("htmx:error", () => toast(_("The server can't be reached. What you typed is still here: please try again.")));

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const opener = closest(event, "[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  const closer = closest(event, "[data-closes]");
  if (closer) closer.closest(closer.dataset.closes)?.close();
  const dismiss = closest(event, "[data-dismiss]");
  if (dismiss) dismiss.closest(dismiss.dataset.dismiss)?.remove();
});

// A plain form is sent once: the second click of a double click finds it busy. A page shown again from history is not.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (form.method !== "post" || form.matches("[hx-post], [hx-put], [hx-patch], [hx-delete]")) return;
  form.dataset.sent = "1";
  event.submitter?.setAttribute("aria-busy", "true");
});

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll('button[aria-busy="true"]')) button.removeAttribute("aria-busy");
});

// Theme: shown at once, remembered by the server (cookie, and the person's settings) without leaving the page.
document.addEventListener("submit", async (event) => {
  const menu = closest(event, "[data-theme-menu]");
  if (!menu) return;
  event.preventDefault();
  const form = event.target;
  const body = new FormData(form, event.submitter);
  delete form.dataset.sent;
  event.submitter?.removeAttribute("aria-busy");
  showTheme(body.get("theme"));
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button === event.submitter));
  menu.open = false;
  menu.querySelector("summary").focus();
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: csrfHeaders(), redirect: "manual" });
    if (answer.status >= 400) throw new Error(`status ${answer.status}`);
  } catch {
    toast(_("The theme could not be saved; it holds until you leave this page."));
  }
});

function showTheme(theme) {
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

/** Whether single keys do something for this person, who may turn them off on their own page. */
export const singleKeys = JSON.parse(document.querySelector('meta[name="notices"]')?.content ?? "{}").keys !== false;

/** True while keys belong to a field or an input method (IME), not to shortcuts. */
export function isTyping(event) {
  return event.isComposing || event.keyCode === 229
    || (event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]") !== null);
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing) {
    const menu = closest(event, "details.menu[open]") ?? document.querySelector("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
    return;
  }
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
  if (document.querySelector("dialog:modal") || !singleKeys) return;
  if (event.key === "/") {
    const field = document.querySelector("[data-search]");
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
  } else if (event.key === "?") {
    document.getElementById("shortcut-sheet")?.showModal();
  }
});

/**
 * Shows a short message at the foot of the page; returns a function that takes it away.
 * With `action` and `run` it carries a button ("Undo"). Stays `seconds`, longer while pointed at or focused.
 */
export function toast(text, { action = "", run = null, seconds = 8 } = {}) {
  const holder = document.getElementById("toasts");
  if (!holder) return () => {};
  const item = document.createElement("div");
  item.className = "toast";
  const words = document.createElement("span");
  words.textContent = text;
  item.append(words);
  const remove = () => item.remove();
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = action;
    button.addEventListener("click", () => {
      remove();
      run?.();
    });
    item.append(button);
  }
  holder.append(item);
  let timer = setTimeout(remove, seconds * 1000);
  for (const pause of ["pointerenter", "focusin"]) item.addEventListener(pause, () => clearTimeout(timer));
  for (const resume of ["pointerleave", "focusout"]) {
    item.addEventListener(resume, () => {
      clearTimeout(timer);
      timer = setTimeout(remove, 3000);
    });
  }
  return remove;
}

// A form that came back with errors: take the person to the first thing to mend.
document.querySelector('.error-summary, [aria-invalid="true"]')?.focus({ preventScroll: false });
