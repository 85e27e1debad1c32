// Beside the title: what is shown and since when, how fresh it is, the clock, and the few buttons of the board.
import { html } from "/static/vendor/ui.mjs";
import { _, fmt, ngettext } from "/static/js/i18n.js";
import { tick } from "/static/js/live.js";
import { age, canOrder, fixed, freshness, image, live } from "/static/js/board/store.js";
import { muted, toggleMute } from "/static/js/board/chime.js";
import { opened } from "/static/js/board/opened.js";
import { Icon } from "/static/js/board/pieces.js";

const PILL = { live: "tone-ok", late: "tone-warn", dead: "tone-bad", waiting: "" };

function Fresh() {
  const state = freshness.value;
  const seconds = age.value;
  const words = {
    live: () => ngettext("Live · updated %(num)s s ago", "Live · updated %(num)s s ago", seconds),
    late: () => ngettext("Updated %(num)s s ago", "Updated %(num)s s ago", seconds),
    dead: () => _("No live data"),
    waiting: () => _("Connecting…"),
  }[state]();
  // What is read out changes with the state only, not with each second
  return html`<span class=${`pill tabular fresh ${PILL[state]}`}><span class="dot"></span>${words}</span>
    <span class="visually-hidden" role="status">${{ live: _("Live"), late: _("The figures are late"), dead: _("No live data"), waiting: _("Connecting…") }[state]}</span>`;
}

const Clock = () => {
  const [hours, seconds] = [fmt.time(tick.value + live.offset.value), fmt.timeWithSeconds(tick.value + live.offset.value).slice(-3)];
  return html`<span class="board-clock tabular">${hours}<small>${seconds}</small></span>`;
};

export function Status() {
  return html`<span class="pill scope">${_("All queues")}</span>
    ${image.value && html`<span class="pill scope">${_("Today, since %(time)s", { time: fmt.time(image.value.since) })}</span>`}
    <span class="grow"></span>
    <${Fresh} />
    <button type="button" class="icon-button pointer-only" aria-pressed=${muted.value ? "true" : "false"} aria-label=${_("Mute the chimes")}
      title=${muted.value ? _("Chimes are off") : _("Chimes are on")} onClick=${toggleMute}><${Icon} name=${muted.value ? "bell-off" : "bell"} /></button>
    ${fixed.may_control && html`<button type="button" class="icon-button" aria-haspopup="dialog" aria-label=${_("Limits")} title=${_("Limits")} disabled=${!canOrder.value}
      onClick=${() => { opened.value = { kind: "limits", id: null }; }}><${Icon} name="adjustments" /></button>`}
    ${!fixed.tv && html`<a class="icon-button" href=${fixed.may_control ? "/board/walls" : "?tv=1"} aria-label=${_("Show on a wall")} title=${_("Show on a wall")}><${Icon} name="device-desktop-analytics" /></a>`}
    <${Clock} />`;
}
