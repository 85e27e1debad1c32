// The six figures at the top, each with its target in words and, where a trend means something, its small curve.
import { computed, html } from "/static/vendor/ui.mjs";
import { _, fmt, ngettext } from "/static/js/i18n.js";
import { attention, day, image, limitsOf, toneOf } from "/static/js/board/store.js";
import { nameOf, percent, TONES, toneIcon, toneWord } from "/static/js/board/words.js";
import { Elapsed, Icon } from "/static/js/board/pieces.js";

const HOUR = 4; // quarters

const Spark = ({ values }) => {
  const known = (values ?? []).filter((value) => value !== null);
  if (known.length < 3) return null;
  const low = Math.min(...known);
  const high = Math.max(...known);
  const path = known.map((value, index) => `${((index * 70) / (known.length - 1) + 2).toFixed(1)} ${(27 - ((value - low) / (high - low || 1)) * 24).toFixed(1)}`).join("L");
  return html`<svg class="spark" viewBox="0 0 74 30" aria-hidden="true"><path d=${`M${path}`} /></svg>`;
};

/** "+3" or "−0.4": the last value against the one `back` quarters before. */
function change(values, back, scale = 1, digits = 0) {
  const before = values?.at(-1 - back);
  if (!values?.length || before === undefined || before === null || values.at(-1) === null) return "";
  const by = (values.at(-1) - before) * scale;
  if (Math.abs(by) < 0.5 / 10 ** digits) return "";
  return fmt.number(by, { signDisplay: "exceptZero", maximumFractionDigits: digits });
}

/** The queue whose caller has waited longest. */
const longest = computed(() => (image.value?.queues ?? []).filter((queue) => queue.oldest).sort((a, b) => Date.parse(a.oldest) - Date.parse(b.oldest))[0] ?? null);
/** At most one tile pulses: that of the newest thing to act on. */
const pulsing = computed(() => {
  const newest = attention.value.find((breach) => breach.tone > 1 && !breach.seen_by);
  if (!newest) return "";
  return { wait: "wait", nobody: "waiting", waiting: "waiting", level: "level", abandoned: "abandoned", free: "free", answers: "answers" }[newest.measure];
});

function Tile({ id, icon, name, tone, value, unit, goal, aside, asideTitle, trend, doubt }) {
  return html`<div class=${`tile tone-${TONES[tone]} ${tone > 1 ? "filled" : ""} ${pulsing.value === id && tone > 1 ? "pulsing" : ""}`}>
    <h2><${Icon} name=${tone ? toneIcon(tone) : icon} size="small" />${name}<span class="visually-hidden">${toneWord(tone)}</span></h2>
    <div class="tile-value tabular">${value}${unit && html`<small>${unit}</small>`}</div>
    <div class="tile-foot"><span class="truncate">${doubt ? html`<span class="tone-bad tone-text doubt"><${Icon} name="alert-triangle" size="small" />${doubt}</span>` : goal}</span>
      ${aside && html`<b class="tabular truncate" title=${asideTitle}>${aside}</b>`}</div>
    <${Spark} values=${trend} />
  </div>`;
}

/** A share as number and unit, since the sign is set smaller and some languages set it otherwise. */
const inPercent = (share, digits) => (share === null ? ["–", ""] : [fmt.number(share * 100, { maximumFractionDigits: digits, minimumFractionDigits: digits }), "%"]);

export function Tiles() {
  const { house, limits } = image.value;
  const trends = day.value?.trends ?? {};
  const doubt = day.value?.differences.length ? _("Does not add up") : "";
  const [level, levelUnit] = inPercent(house.level === null ? null : Math.floor(house.level * 100 + 1e-9) / 100, 0);
  const [lost, lostUnit] = inPercent(house.abandoned, 1);
  const first = longest.value;
  const due = (image.value.queues ?? []).filter((queue) => queue.due).sort((a, b) => Date.parse(a.due) - Date.parse(b.due))[0];
  return html`<section class="tiles" aria-label=${_("Key figures")}>
    <${Tile} id="level" icon="target" name=${_("Service level")} tone=${toneOf("house", 0, "level")} value=${level} unit=${levelUnit} doubt=${doubt}
      goal=${house.targets.length === 1
        ? _("Target %(percent)s in %(seconds)s s", { percent: percent(house.goal / 100), seconds: fmt.number(house.targets[0]) })
        : _("Target %(percent)s per queue", { percent: percent(house.goal / 100) })}
      aside=${change(trends.level, HOUR, 100)} asideTitle=${_("Points within the last hour")} trend=${trends.level} />
    <${Tile} id="waiting" icon="users" name=${_("Waiting")} tone=${Math.max(toneOf("house", 0, "waiting"), toneOf("queue", "*", "nobody"))} value=${fmt.number(house.waiting)}
      goal=${_("Amber at %(warn)s · red at %(bad)s", { warn: fmt.number(limits.waiting_warn), bad: fmt.number(limits.waiting_bad) })}
      aside=${change(trends.waiting, 1)} asideTitle=${_("Against a quarter of an hour ago")} trend=${trends.waiting} />
    <${Tile} id="wait" icon="clock" name=${_("Longest wait")} tone=${toneOf("queue", "*", "wait")} value=${first ? html`<${Elapsed} since=${first.oldest} />` : "–"}
      goal=${_("Red over %(limit)s", { limit: fmt.duration(limitsOf(first).wait_bad_s) })} aside=${first ? nameOf(first.names) : ""} />
    <${Tile} id="free" icon="headset" name=${_("Agents free")} tone=${toneOf("house", 0, "free")} value=${fmt.number(house.free)} unit=${` / ${fmt.number(house.agents)}`}
      goal=${_("Amber under %(warn)s", { warn: fmt.number(limits.free_warn) })}
      aside=${house.groups.wrap ? ngettext("%(num)s wrap-up", "%(num)s wrap-up", house.groups.wrap) : ""} />
    <${Tile} id="abandoned" icon="phone-off" name=${_("Abandoned today")} tone=${toneOf("house", 0, "abandoned")} value=${lost} unit=${lostUnit} doubt=${doubt}
      goal=${_("Target under %(percent)s", { percent: percent(limits.abandoned_warn_percent / 100) })}
      aside=${change(trends.abandoned, HOUR, 100, 1)} asideTitle=${_("Points within the last hour")} trend=${trends.abandoned} />
    <${Tile} id="answers" icon="hourglass" name=${_("Requests at risk")} tone=${toneOf("queue", "*", "answers")} value=${fmt.number(house.at_risk)}
      goal=${house.late ? ngettext("%(num)s answer is late", "%(num)s answers are late", house.late) : _("Answer due within the hour")} aside=${due ? nameOf(due.names) : ""} />
  </section>`;
}
