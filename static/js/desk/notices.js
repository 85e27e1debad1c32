// What a supervisor ordered, said to the agent whom it concerns: what, by whom, and why.
import { _ } from "/static/js/i18n.js";
import { toast } from "/static/js/shell.js";
import { announce } from "/static/js/desk/announcer.js";
import { live } from "/static/js/desk/store.js";
import { nameOf, stateWords } from "/static/js/desk/words.js";

/** Long enough to be read after a call. */
const SHOWN_S = 30;

function words({ text_code: code, by, reason, intent, break_code: breakCode, names }) {
  const filled = { by, reason, state: intent ? stateWords(intent, breakCode) : "", queue: nameOf(names) };
  switch (code) {
    case "state": return _("%(by)s set you to %(state)s: %(reason)s", filled);
    case "state_later": return _("%(by)s sets you to %(state)s after this contact: %(reason)s", filled);
    case "pulled_back": return _("%(by)s took the ringing call back: %(reason)s", filled);
    case "logged_out": return _("%(by)s ended your shift: %(reason)s", filled);
    case "queue_closed": return _("%(by)s closed the queue %(queue)s: %(reason)s", filled);
    case "queue_opened": return _("%(by)s opened the queue %(queue)s: %(reason)s", filled);
    case "in_writing": return _("The customer would rather answer in writing. The link is sent, and nobody rings any more.");
    default: return `${by}: ${reason}`;
  }
}

live.on("desk.notice", (notice) => {
  const text = words(notice);
  toast(text, { seconds: SHOWN_S });
  announce(text);
});
