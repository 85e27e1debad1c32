// Codes of the server in people's words. Unknown codes are shown as they are: better a raw word than an empty place.
import { _, languageTag, fmt } from "/static/js/i18n.js";
import { fixed } from "/static/js/desk/store.js";

const LOCALES = { "zh-Hans": "zh_Hans", "zh-Hant": "zh_Hant" };
const locale = LOCALES[languageTag] ?? "en";

/** A name kept in several languages, in the page's language, else in English. */
export const nameOf = (names) => (names ? names[locale] || names.en || Object.values(names)[0] || "" : "");

const say = (words) => (code) => (code ? (words()[code] ?? code) : "");

/** The shown state of an agent: [word, icon, tone]. */
const STATES = () => ({
  offline: [_("Offline"), "plug-connected-x", ""],
  available: [_("Available"), "circle-check", "ok"],
  ringing: [_("Ringing"), "phone-incoming", "info"],
  connecting: [_("Connecting"), "loader-2", "info"],
  talking: [_("On a call"), "phone-call", "info"],
  held: [_("On hold"), "player-pause", "warn"],
  consulting: [_("Consulting"), "users", "violet"],
  wrap_up: [_("Wrap-up"), "pencil", "violet"],
  break: [_("Break"), "coffee", "warn"],
  training: [_("Training"), "school", "warn"],
  coaching: [_("Coaching"), "users-group", "warn"],
  missed: [_("Away (missed)"), "phone-x", "bad"],
});

export const stateOf = (code) => {
  const [word, icon, tone] = STATES()[code] ?? [code, "circle", ""];
  return { word, icon, tone };
};

export const breakName = (code) => nameOf(fixed.break_codes.find((known) => known.code === code)?.names) || code || "";

/** "Break · Lunch" where there is a code, else the state's word. */
export const stateWords = (code, breakCode) => (code === "break" && breakCode ? `${stateOf(code).word} · ${breakName(breakCode)}` : stateOf(code).word);

export const tierName = say(() => ({ standard: _("Standard"), silver: _("Silver"), gold: _("Gold"), key: _("Key account") }));
/** Under the heading "Phase of the delivery". */
export const shortPhase = say(() => ({ before: _("Before"), during: _("During"), after: _("After") }));

const LANGUAGES = new Map();
/** "English", "简体中文": each language by its own name. */
export const languageName = (code) => {
  if (!code) return "";
  if (!LANGUAGES.has(code)) {
    const tag = code.replace("_", "-");
    let name = code;
    try {
      name = new Intl.DisplayNames([tag], { type: "language" }).of(tag);
    } catch { /* an unknown code is shown as it is */ }
    LANGUAGES.set(code, { en: "English", zh_Hans: "简体中文", zh_Hant: "繁體中文" }[code] ?? name);
  }
  return LANGUAGES.get(code);
};

/** The sentence after "Why you": the router's reason code as a person would say it. */
export const whyMe = say(() => ({
  longest_idle: _("You have been free the longest"),
  fewest_contacts_today: _("You have had the fewest contacts today"),
  best_skill: _("Your skills fit this caller best"),
  preferred_agent: _("This customer is looked after by you"),
  direct: _("A colleague sends this caller to you"),
  transfer: _("A colleague sends this caller to you"),
  consult: _("A colleague asks for your advice"),
  recovered: _("The line to a colleague was lost; this caller is first in line"),
}));

/** Why no call is offered now. */
export const whyNot = say(() => ({
  not_connected: _("The desk is not connected to the server."),
  connected: _("The desk is not connected to the server."),
  session: _("The desk is not connected to the server."),
  grace: _("The connection was lost a moment ago."),
  intent: _("You are not set to Available."),
  not_available: _("You are not set to Available."),
  device: fixed.telephone ? _("The microphone is not checked on this page, or its telephone line is not connected.") : _("The microphone check has not passed on this page."),
  no_device: fixed.telephone ? _("The microphone is not checked on this page, or its telephone line is not connected.") : _("The microphone check has not passed on this page."),
  cool_down: _("A short pause after the last offer is running."),
  load: _("You have a call or a wrap-up in hand."),
  capacity: _("You have a call or a wrap-up in hand."),
  no_queue: _("You are in no queue, or have no valid certificate for one."),
  certificate: _("You are in no queue, or have no valid certificate for one."),
}));

export const parcelStatus = say(() => ({
  booked: _("Booked"), collected: _("Collected"), in_transit: _("In transit"), out_for_delivery: _("Out for delivery"),
  delivered: _("Delivered"), held: _("Held"), not_received: _("Not received"), returned: _("Returned"), damaged: _("Damaged"),
}));

export const parcelTone = (status) =>
  ({ delivered: "ok", not_received: "bad", damaged: "bad", held: "warn", returned: "warn", out_for_delivery: "info", in_transit: "info" })[status] ?? "";

export const channelName = say(() => ({ voice: _("Call"), call: _("Call"), sms: "SMS", ticket: _("Ticket"), note: _("Note"), email: _("E-mail") }));

export const outcomeName = say(() => ({
  answered: _("Answered"), completed: _("Answered"), handled: _("Answered"), missed: _("Missed"), declined: _("Declined"), abandoned: _("Caller hung up while waiting"),
  short_abandon: _("Caller hung up at once"), abandoned_while_ringing: _("Caller hung up while it rang"), transferred: _("Transferred"),
  callback: _("Asked to be called back"), not_reached: _("Called back: not reached"), refused: _("Called back: the customer said not now"),
  canceled: _("Callback canceled"), expired: _("Callback expired: the customer could not be reached in time"),
  closed: _("Called while we were closed"), queue_full: _("Too many were waiting already"), max_wait: _("Waited too long: the call was ended"),
  consulted: _("Consulted"), failed: _("Failed"), lost: _("Connection lost"), media_lost: _("Connection lost"), recovered: _("Connection lost"),
  customer_hangup: _("Customer hung up"), agent_hangup: _("Ended by agent"), rejected: _("Declined"), timed_out: _("Missed"),
}));

/** A call's queue, topic and language on one line. */
export const about = (thing) => [nameOf(thing.queue?.names), nameOf(thing.topic?.names)].filter(Boolean).join(" · ");

const midnight = (date) => new Date(date).setHours(0, 0, 0, 0);

/** "14:06" today, "yesterday · 16:20" within a week, a date before. */
export const moment = (when) => {
  const at = new Date(when);
  const days = Math.round((midnight(Date.now()) - midnight(at)) / 86_400_000);
  if (days === 0) return fmt.time(at);
  return Math.abs(days) < 7 ? `${fmt.relative(midnight(at), midnight(Date.now()))} · ${fmt.time(at)}` : fmt.date(at);
};
