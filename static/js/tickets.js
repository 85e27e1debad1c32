// One ticket's page: ready texts, what the answer costs in parts, a draft that survives the page, and word of what is new.
import { _, fmt, ngettext } from "/static/js/i18n.js";
import { openLive } from "/static/js/live.js";
import { toast } from "/static/js/shell.js";
import { priced } from "/static/js/sms_parts.js";

const page = document.querySelector("[data-ticket]");
const form = document.querySelector("[data-reply]");

/** What the answer takes: parts for an SMS, signs for what is only written down. */
function count() {
  const body = form.elements.body;
  const shown = form.querySelector("[data-parts]");
  const sms = form.elements.via.value === "sms";
  const signs = [...body.value].length;
  const over = sms ? signs - Number(form.dataset.longest) : 0;
  const waits = form.querySelector("[data-waits]");
  if (waits) waits.hidden = !sms;
  shown.classList.toggle("tone-text", over > 0);
  shown.classList.toggle("tone-bad", over > 0);
  shown.textContent = !signs ? "" : over > 0
    ? ngettext("%(num)s character too many", "%(num)s characters too many", over)
    : sms ? `${priced(body.value)} · ${_("%(count)s characters", { count: fmt.number(signs) })}` : _("%(count)s characters", { count: fmt.number(signs) });
}

if (form) {
  const draft = `hearback.ticket.${page.dataset.ticket}`;
  const body = form.elements.body;
  // What the server sent back comes first; else what was typed here before the page went away
  if (!body.value.trim()) body.value = sessionStorage.getItem(draft) ?? "";
  form.addEventListener("input", () => {
    sessionStorage.setItem(draft, body.value);
    count();
  });
  form.addEventListener("submit", () => sessionStorage.removeItem(draft));
  form.querySelector("[data-templates]")?.addEventListener("change", (event) => {
    const chosen = event.target.selectedOptions[0];
    if (!chosen.dataset.body) return;
    body.value = body.value.trim() ? `${body.value.trimEnd()}\n${chosen.dataset.body}` : chosen.dataset.body;
    form.querySelector("[data-template-id]").value = chosen.value;
    body.focus();
    // The first {gap} is what the agent has to fill in
    const gap = /\{\w+\}/.exec(body.value);
    if (gap) body.setSelectionRange(gap.index, gap.index + gap[0].length);
    count();
  });
  count();
}

// Somebody else writes or moves it while it is read: said at once, and nothing on the page changes under the hands
const live = openLive("/");
let said = Number(page.dataset.version);
let takeAway = () => {}; // of several changes only the last is said

function look(image) {
  if (!image || image.version <= said) return;
  said = image.version;
  takeAway();
  takeAway = toast(_("There is something new on this ticket. What you typed is kept."), { action: _("Show it"), run: () => location.reload(), seconds: 60 });
}

live.on("ticket.image", look);
live.greet(async () => look((await live.request("ticket.join", { ticket: Number(page.dataset.ticket) })).image));
