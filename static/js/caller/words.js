// Words of the call page that depend on a state.
import { _, languageTag, ngettext } from "/static/js/i18n.js";

export const microphoneHelp = (kind) => ({
  denied: _("The microphone is blocked for this page. Allow it in your browser (the icon beside the address), then press Call again."),
  missing: _("We found no microphone. Plug one in or switch it on, then press Call again."),
  busy: _("Another program is using the microphone. Close it there, then press Call again."),
  insecure: _("Browsers only lend the microphone to secure pages. Please open this page by https."),
}[kind] ?? _("The microphone could not be opened. Please try again, or use another browser."));

export const bandText = (band) => ({
  under_1: _("less than a minute"),
  "1_2": _("1 to 2 minutes"),
  "2_5": _("2 to 5 minutes"),
  "5_10": _("5 to 10 minutes"),
  over_10: _("more than 10 minutes"),
}[band] ?? "");

export function waitingText(image) {
  if (image.band === "unknown") return _("We can't say how long it will take right now. You keep your place as long as this page is open.");
  return _("Expected waiting time: %(band)s.", { band: bandText(image.band) });
}

/** Why the caller is in this line now, when it is not the one that was called first; empty otherwise. */
export const movedText = (image) => ({
  overflow: _("To be with you sooner, we have passed you on to more colleagues. The time you have waited counts."),
  moved: _("We have passed you on to other colleagues. The time you have waited counts."),
  transferred: _("Your agent has passed you on to a colleague, who will be with you as soon as possible."),
}[image.came_by] ?? "");

/** One of the texts by language that the server sends, in the page's. */
export const inPageLanguage = (texts) => texts[{ "zh-Hans": "zh_Hans", "zh-Hant": "zh_Hant" }[languageTag] ?? "en"] || texts.en || "";

export function placeText(image) {
  if (image.position === 1) return _("You are next in line");
  return ngettext("%(num)s caller is before you", "%(num)s callers are before you", image.position - 1);
}

export function headline(image, lost) {
  const name = image.agent?.public_name ?? "";
  if (image.state === "ended") return _("The call has ended");
  if (image.came_by === "recovered") return _("We lost your agent's connection. You are first in line again.");
  if (image.state === "queued" || image.state === "offering") return placeText(image);
  if (image.state === "bridging") return _("Connecting you now");
  if (lost) return _("The connection is interrupted. We are trying again…");
  if (image.held) return _("You are on hold");
  return name ? _("You are speaking with %(name)s", { name }) : _("You are connected");
}

export const endText = (image) => ({
  agent_hangup: _("Thank you for calling. Goodbye!"),
  customer_hangup: _("Thank you for calling. Goodbye!"),
  closed: _("This line is closed at the moment. Please call again when we are open."),
  queue_full: _("Many people are waiting at the moment. Please try again in a little while."),
  max_wait: _("We are very sorry: nobody has become free for you in all this time, and we do not want to keep you waiting any longer. Please call again a little later."),
  media_lost: _("The connection was lost. If something is still open, please call again: we will find your call."),
}[image.end_reason] ?? _("You left the line before we could answer. You can call again at any time."));
