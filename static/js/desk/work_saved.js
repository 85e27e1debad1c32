// What an agent typed: is it on the server, on this device only, or too long to be kept.
import { html } from "/static/vendor/ui.mjs";
import { _, fmt, ngettext } from "/static/js/i18n.js";
import { tick } from "/static/js/live.js";
import { live } from "/static/js/desk/store.js";
import { longestNote, tooLong } from "/static/js/desk/drafts.js";

/** "Draft saved 2 s ago", or why it is not yet: its own small reader of the clock. */
export function Saved({ draft }) {
  const fields = draft.fields.value;
  const offline = live.state.value !== "live" || draft.failing.value;
  if (tooLong(draft)) return html`<span class="field-error">${_("Longer than %(count)s characters: kept on this device only. Please shorten it.", { count: fmt.number(longestNote) })}</span>`;
  if (draft.dirty && offline) return html`<span class="faint">${_("Kept on this device until the connection is back")}</span>`;
  if (draft.savedAt.value === null) return html`<span class="faint">${fields.note ? _("Draft") : ""}</span>`;
  const seconds = Math.max(0, Math.round((tick.value - draft.savedAt.value) / 1000));
  return html`<span class="faint tabular">${seconds < 60
    ? ngettext("Draft saved %(num)s s ago", "Draft saved %(num)s s ago", seconds)
    : _("Draft saved at %(time)s", { time: fmt.time(draft.savedAt.value) })}</span>`;
}
