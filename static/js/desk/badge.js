// What the tab says while the desk is in the background: it rings, a call was missed, new tickets. Looking at the page takes the last away.
import { effect, signal } from "/static/vendor/ui.mjs";
import { _, ngettext } from "/static/js/i18n.js";
import { chime, notices, notify, showBadge } from "/static/js/notices.js";
import { display, offer } from "/static/js/desk/store.js";
import { callerName } from "/static/js/desk/offer.js";

const unseen = signal(0);
const seen = () => { if (!document.hidden) unseen.value = 0; };
document.addEventListener("visibilitychange", seen);
window.addEventListener("focus", seen);

/** A ticket came into this agent's hands. */
export function ticketCame(words) {
  if (notices.tickets) chime("ticket");
  if (!document.hidden) return;
  unseen.value += 1;
  notify(_("New ticket"), words, { tag: "hearback-ticket" });
}

effect(() => {
  if (offer.value) showBadge(1, `${_("Ringing")} – ${callerName(offer.value)}`);
  else if (display.value === "missed") showBadge(1, _("Missed call"));
  else if (unseen.value) showBadge(unseen.value, ngettext("%(num)s new ticket", "%(num)s new tickets", unseen.value));
  else showBadge(0);
});
