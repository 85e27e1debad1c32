// Who waits now: my queues or all, longest first, the time coloured by the target of each queue.
import { computed, html, signal } from "/static/vendor/ui.mjs";
import { _, fmt, ngettext } from "/static/js/i18n.js";
import { fixed, me, queues, team } from "/static/js/desk/store.js";
import { channelName, languageName, moment, nameOf, tierName } from "/static/js/desk/words.js";
import { Avatar, Icon, Pill, secondsSince } from "/static/js/desk/pieces.js";

const shown = signal(localStorage.getItem("hearback.waiting") === "all" ? "all" : "mine");
const queueById = new Map(fixed.queues.map((queue) => [queue.id, queue]));
const mine = computed(() => new Set(team.value?.agents.find((agent) => agent.id === me.value?.id)?.queues ?? fixed.queues.map((queue) => queue.id)));
const images = computed(() => [...queues.value.values()].filter((image) => shown.value === "all" || mine.value.has(image.queue)));
const written = (item) => Number(item.kind === "ticket" || item.kind === "sms");
const items = computed(() =>
  images.value.flatMap((image) => image.items.map((item) => ({ ...item, queue: image.queue })))
    // Somebody on the line comes before what waits in writing, however long
    .sort((a, b) => written(a) - written(b) || (a.rank_at ?? a.enqueued_at).localeCompare(b.rank_at ?? b.enqueued_at)));
/** Agents only see their own queues: then there is nothing to choose. */
const moreThanMine = computed(() => [...queues.value.keys()].some((id) => !mine.value.has(id)));
const count = computed(() => images.value.reduce((sum, image) => sum + image.count, 0));
const oldest = computed(() => images.value.map((image) => image.longest_since).filter(Boolean).sort()[0] ?? null);

/** ok, warn from half of the queue's target on, bad past it. */
const toneOfWait = (queue, seconds) => {
  const target = queueById.get(queue)?.target_s ?? 20;
  return seconds >= target ? "bad" : seconds >= target / 2 ? "warn" : "ok";
};

const Wait = ({ queue, since }) => {
  const seconds = secondsSince(since);
  return html`<span class=${`wait tabular tone-text tone-${toneOfWait(queue, seconds)}`}>${fmt.duration(seconds)}</span>`;
};

/** The left bar of a late row: its own small reader of the clock, so that the row itself stays as it is. */
const LateBar = ({ queue, since }) =>
  toneOfWait(queue, secondsSince(since)) === "bad" ? html`<span class="late-bar"><span class="visually-hidden">${_("late")}</span></span>` : null;

const KIND_ICONS = { ticket: "ticket", sms: "message-circle", call: "phone", callback: "phone-outgoing", quality: "phone-outgoing" };
const KIND_WORDS = () => ({ callback: _("Callback"), quality: _("Quality callback") });

function Row({ item }) {
  const name = item.name || item.number_masked || item.reference || _("Unknown caller");
  const late = !written(item); // what waits in writing waits hours, not seconds
  return html`<li class="item waiting-row">
    ${late && html`<${LateBar} queue=${item.queue} since=${item.enqueued_at} />`}
    <${Avatar} name=${item.name} icon=${KIND_ICONS[item.kind] ?? "user-question"} />
    <div class="min"><div class="row"><b class="grow">${name}${item.tier && item.tier !== "standard" && html` <span class="tier-mark" title=${tierName(item.tier)}><${Icon} name="star" size="small" /><span class="visually-hidden">${tierName(item.tier)}</span></span>`}</b>
      ${late ? html`<${Wait} queue=${item.queue} since=${item.enqueued_at} />` : html`<small class="nowrap">${moment(item.enqueued_at)}</small>`}</div>
      <div class="row"><small class="grow min"><${Icon} name=${KIND_ICONS[item.kind] ?? "phone"} size="small" />${item.simulated && html`<${Icon} name="robot" size="small" />`}<span class="truncate">${[KIND_WORDS()[item.kind], item.simulated && _("simulated"), item.name && !KIND_WORDS()[item.kind] && item.number_masked, languageName(item.language)].filter(Boolean).join(" · ") || channelName(item.kind)}</span></small>
      <small class="waiting-queue"><span class="truncate">${item.state === "reserved" ? _("ringing") : nameOf(queueById.get(item.queue)?.names)}</span></small></div></div>
  </li>`;
}

const aside = computed(() => images.value.flatMap((image) => (image.aside ?? []).map((item) => ({ ...item, queue: image.queue }))));

/** Callbacks that nobody would hear ring now: they keep their place and are offered to nobody. */
const Aside = () => aside.value.length > 0 && html`<details class="waiting-aside"><summary><${Icon} name="clock-pause" size="small" />${ngettext("%(num)s callback waits for its customer", "%(num)s callbacks wait for their customers", aside.value.length)}</summary>
  <ul class="item-list">${aside.value.map((item) => html`<li class="item waiting-row" key=${item.id}><${Avatar} name=${item.name} icon="phone-outgoing" />
    <div class="min"><div class="row"><b class="grow">${item.name || item.number_masked || _("Unknown caller")}</b><small class="nowrap">${moment(item.enqueued_at)}</small></div>
      <small>${item.reason === "not_reached" ? _("did not answer; tried again later") : item.number_masked ? _("page closed; the number waits for a phone provider") : _("page closed")}</small></div></li>`)}</ul></details>`;

const Longest = () => {
  if (!oldest.value) return null;
  const seconds = secondsSince(oldest.value);
  const late = items.value.some((item) => !written(item) && toneOfWait(item.queue, secondsSince(item.enqueued_at)) === "bad");
  return html`<${Pill} tone=${late ? "warn" : ""} icon="clock">${_("Longest")} <span class="tabular">${fmt.duration(seconds)}</span><//>`;
};

function choose(which) {
  shown.value = which;
  localStorage.setItem("hearback.waiting", which);
}

export function Waiting() {
  const hidden = count.value - items.value.length;
  return html`<div class="pane-head"><h2>${_("Waiting now")}</h2><span class="count">${fmt.number(count.value)}</span><span class="end"><${Longest} /></span></div>
    ${moreThanMine.value && html`<div class="segments waiting-choice" role="group" aria-label=${_("Which queues")}>
      <button type="button" class="segment" aria-pressed=${shown.value === "mine" ? "true" : "false"} onClick=${() => choose("mine")}>${_("My queues")}</button>
      <button type="button" class="segment" aria-pressed=${shown.value === "all" ? "true" : "false"} onClick=${() => choose("all")}>${_("All")}</button>
    </div>`}
    <ul class="item-list waiting-list pane-scroll" tabindex="0" aria-label=${_("Waiting now")}>
      ${items.value.map((item) => html`<${Row} key=${item.id} item=${item} />`)}
      ${!items.value.length && html`<li class="waiting-none"><${Icon} name="mood-smile" />${_("Nobody is waiting.")}</li>`}
      ${hidden > 0 && html`<li class="waiting-none">${_("and %(count)s more", { count: fmt.number(hidden) })}</li>`}
    </ul>
    <${Aside} />`;
}
