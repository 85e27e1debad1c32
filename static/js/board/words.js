// What the board says: states of agents, breaches and what could be done about them.
import { _, fmt, languageTag, ngettext } from "/static/js/i18n.js";
import { agentOf, fixed, image, limitsOf, queueOf } from "/static/js/board/store.js";

const LOCALES = { "zh-Hans": "zh_Hans", "zh-Hant": "zh_Hant" };
const locale = LOCALES[languageTag] ?? "en";

/** A name kept in several languages, in the page's language, else in English. */
export const nameOf = (names) => (names ? names[locale] || names.en || Object.values(names)[0] || "" : "");
export const breakName = (code) => nameOf(fixed.break_codes.find((known) => known.code === code)?.names) || code || _("Break");

export const TONES = ["ok", "warn", "bad"];
export const toneWord = (tone) => [_("Inside the target"), _("Close to the limit"), _("Over the limit")][tone];
export const toneIcon = (tone) => (tone ? "alert-triangle" : "circle-check");

/** Group of a state (for the order of the cards), its word, icon and tone. */
const STATES = () => ({
  talking: [0, _("On a call"), "phone-call", "info"],
  connecting: [0, _("Connecting"), "loader-2", "info"],
  held: [0, _("Holding"), "player-pause", "violet"],
  consulting: [0, _("Consulting"), "users", "violet"],
  ringing: [0, _("Ringing"), "phone-incoming", "info"],
  available: [1, _("Free"), "circle-check", "ok"],
  wrap_up: [2, _("Wrap-up"), "pencil", "violet"],
  break: [3, _("Break"), "coffee", "warn"],
  training: [3, _("Training"), "school", "warn"],
  coaching: [3, _("Coaching"), "users-group", "warn"],
  missed: [3, _("Away (missed)"), "phone-x", "warn"],
});

/** How an agent's card looks: {group, word, icon, tone}. */
export function lookOf(agent) {
  if (agent.lost) return { group: 3, word: _("Connection lost"), icon: "wifi-off", tone: "warn" };
  if (agent.state === "available" && !agent.free) {
    return { group: 3, word: agent.pending ? _("Leaving") : _("No microphone"), icon: "microphone-off", tone: "warn" };
  }
  const [group, word, icon, tone] = STATES()[agent.state] ?? [3, agent.state, "circle", ""];
  if (agent.state === "break") return { group, word: breakName(agent.code), icon, tone };
  return { group, word, icon, tone };
}

const minutes = (seconds) => (seconds % 60 === 0 ? ngettext("%(num)s min", "%(num)s min", seconds / 60) : fmt.duration(seconds));
export { minutes };

/** "61 %", as figures are set on a wall. */
export const percent = (share, digits = 0) => (share === null ? "–" : fmt.percent(share, digits));

/** A service level, cut and not rounded: 79.7 % has not reached a goal of 80. */
export const levelText = (level) => (level === null ? "–" : percent(Math.floor(level * 100 + 1e-9) / 100));

const limitOf = (breach, limits) => limits[`${{ wait: "wait", waiting: "waiting", call: "call", wrap: "wrap" }[breach.measure]}_${breach.tone > 1 ? "bad" : "warn"}${breach.measure === "waiting" ? "" : "_s"}`];

/** What is wrong, as one line. */
export function titleOf(breach) {
  if (breach.scope === "house") {
    const free = image.value.house.free;
    return free ? ngettext("Only %(num)s agent free", "Only %(num)s agents free", free) : _("No agent is free");
  }
  if (breach.scope === "agent") {
    const agent = agentOf(breach.subject);
    const limit = minutes(limitOf(breach, limitsOf(queueOf(agent?.queue))));
    const name = agent?.name ?? "";
    return breach.measure === "call" ? _("%(name)s: call over %(limit)s", { name, limit }) : _("%(name)s: wrap-up over %(limit)s", { name, limit });
  }
  const queue = queueOf(breach.subject);
  const name = nameOf(queue?.names);
  switch (breach.measure) {
    case "wait": return _("%(queue)s: longest wait over %(limit)s", { queue: name, limit: minutes(limitOf(breach, limitsOf(queue))) });
    case "waiting": return ngettext("%(queue)s: %(num)s caller waits", "%(queue)s: %(num)s callers wait", queue?.waiting ?? 0, { queue: name });
    case "level": return _("%(queue)s: %(level)s answered in time, goal %(goal)s", { queue: name, level: levelText(queue?.level ?? null), goal: percent((queue?.goal ?? 0) / 100) });
    case "answers": return queue?.late
      ? ngettext("%(queue)s: %(num)s written answer is late", "%(queue)s: %(num)s written answers are late", queue.late, { queue: name })
      : ngettext("%(queue)s: %(num)s written answer is due within the hour", "%(queue)s: %(num)s written answers are due within the hour", queue?.at_risk ?? 0, { queue: name });
    case "abandoned": return _("%(queue)s: %(share)s of callers gave up", { queue: name, share: percent(queue?.abandoned ?? null, 1) });
    default: return _("%(queue)s: callers wait and nobody serves it", { queue: name });
  }
}

/** What could be done about it. */
export function adviceOf(breach) {
  if (breach.scope === "house") return groupsInWords();
  if (breach.scope === "agent") {
    const queue = nameOf(queueOf(agentOf(breach.subject)?.queue)?.names);
    return _("%(queue)s · ask whether help is needed", { queue });
  }
  const queue = queueOf(breach.subject);
  if (!queue) return "";
  if (breach.measure === "answers") return _("See the tickets of this queue, and who could take them");
  if (!queue.waiting && ["level", "abandoned"].includes(breach.measure)) return _("Nobody waits now; today's figure recovers slowly");
  if (queue.free) return ngettext("%(num)s free agent serves it: check languages and skills", "%(num)s free agents serve it: check languages and skills", queue.free);
  if (queue.away) return ngettext("%(num)s agent on break also takes it: ask for help", "%(num)s agents on break also take it: ask for help", queue.away);
  if (queue.wrap) return ngettext("%(num)s agent in wrap-up comes back to it next", "%(num)s agents in wrap-up come back to it next", queue.wrap);
  if (queue.elsewhere) return ngettext("%(num)s agent at work for other queues also takes it", "%(num)s agents at work for other queues also take it", queue.elsewhere);
  return _("Nobody else is certified for it: move callers to another queue");
}

/** "3 in wrap-up · 2 away" */
export function groupsInWords() {
  const { wrap = 0, away = 0 } = image.value.house.groups;
  return _("%(wrap)s in wrap-up · %(away)s away", { wrap: fmt.number(wrap), away: fmt.number(away) });
}
