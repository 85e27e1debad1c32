// Customers: character counts that warn before the server has to, refusals that keep what was typed, fresh timelines.
import { _, ngettext } from "/static/js/i18n.js";
import { toast } from "/static/js/shell.js";

/** Shows how much of a field is used; a text that is too long is said so and kept, never cut. */
function count(counter) {
  const field = document.getElementById(counter.dataset.counts);
  if (!field) return;
  const limit = Number(counter.dataset.limit);
  const length = [...field.value].length;
  const over = length - limit;
  counter.hidden = length < limit * Number(counter.dataset.shownFrom ?? 0);
  counter.classList.toggle("over", over > 0);
  counter.textContent = over > 0
    ? ngettext("%(num)s character too many", "%(num)s characters too many", over)
    : `${length} / ${limit}`;
  field.setCustomValidity(over > 0 ? _("This is too long. Please shorten it; nothing is cut off.") : "");
}

function countAll(root) {
  for (const counter of root.querySelectorAll("[data-counts]")) count(counter);
}

document.addEventListener("input", (event) => {
  const counter = document.querySelector(`[data-counts="${CSS.escape(event.target.id ?? "")}"]`);
  if (event.target.id && counter) count(counter);
});

// A form that is too long is stopped here: sending megabytes only to be refused helps nobody.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-limits]")) return;
  const wrong = [...form.elements].find((field) => field.validity?.customError);
  if (wrong) {
    event.preventDefault();
    event.stopImmediatePropagation();
    wrong.reportValidity();
  }
}, true);

// An error comes as JSON: its words are shown, and the form with what was typed stays as it is.
document.addEventListener("htmx:before:swap", (event) => {
  const ctx = event.detail.ctx;
  if (!ctx.response?.raw?.headers?.get("content-type")?.includes("json")) return;
  event.preventDefault();
  let message = "";
  try {
    message = JSON.parse(ctx.text).error.message;
  } catch {
    message = "";
  }
  toast(message || _("That did not work. Please try again in a minute."));
});

document.addEventListener("htmx:after:swap", (event) => {
  countAll(document);
  const ctx = event.detail.ctx;
  if (ctx?.sourceElement?.matches?.("[data-changes-customer]") && ctx.response?.status < 400) customerChanged();
});

function customerChanged() {
  document.body.dispatchEvent(new CustomEvent("customer-changed"));
}

// Somebody comes back to the page: what happened meanwhile is shown, unless they have leafed back in the past.
let left = Date.now();
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    left = Date.now();
  } else if (Date.now() - left > 5000 && document.querySelectorAll("#timeline .timeline").length === 1) {
    customerChanged();
  }
});

// A file that the server would refuse for its size is refused before it travels.
document.addEventListener("change", (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || !input.dataset.largest) return;
  const file = input.files[0];
  const tooLarge = file && file.size > Number(input.dataset.largest);
  input.setCustomValidity(tooLarge ? _("This file is larger than 20 MB. Please split it.") : "");
  if (tooLarge) input.reportValidity();
});

countAll(document);
