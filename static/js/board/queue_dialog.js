// One queue: who waits, moving or hurrying one of them, closing and opening.
import { html, signal, useEffect, useSignal } from "/static/vendor/ui.mjs";
import { _, fmt, ngettext } from "/static/js/i18n.js";
import { toast } from "/static/js/shell.js";
import { image, live, order, queueOf } from "/static/js/board/store.js";
import { close, opened } from "/static/js/board/opened.js";
import { nameOf } from "/static/js/board/words.js";
import { Dialog, Elapsed, Icon, OrderButton, Reason, Refusal } from "/static/js/board/pieces.js";

const LANGUAGES = { en: "English", zh_Hans: "简体中文", zh_Hant: "繁體中文" };
const isCallback = (item) => ["callback", "quality"].includes(item.kind);
const who = (item) => item.name || item.number_masked || _("Unknown caller");

/** Orders given here: one that leaves the board's own figures as they are (points) changes the line all the same. */
const given = signal(0);

/** The waiting contacts of the queue, read anew whenever the board changes and after each order. */
function useLine(id) {
  const items = useSignal(null);
  const version = image.value?.v;
  useEffect(() => {
    let gone = false;
    live.request("board.queue", { queue: id }).then((answer) => { if (!gone) items.value = [...answer.image.items, ...(answer.image.aside ?? []).map((one) => ({ ...one, state: "parked", priority: 0 }))]; }, () => {});
    return () => { gone = true; };
  }, [id, version, given.value]);
  return items.value;
}

function WaitingOrders({ queue }) {
  const items = useLine(queue.id);
  const chosen = useSignal(null);
  const wish = useSignal("");
  const points = useSignal("0");
  const reason = useSignal("");
  const refused = useSignal(null);
  const item = items?.find((one) => one.id === chosen.value) ?? null;
  const others = image.value.queues.filter((other) => other.id !== queue.id && other.open);
  const moves = wish.value.startsWith("move:");
  const cancels = wish.value === "cancel";
  const event = cancels ? "board.cancel_callback" : moves ? "board.move" : "board.priority";

  async function give(submitted) {
    submitted.preventDefault();
    const answer = await order(event, cancels ? { item: item.id, reason: reason.value } : moves
      ? { item: item.id, queue: Number(wish.value.slice(5)), reason: reason.value }
      : { item: item.id, points: Number(points.value), reason: reason.value });
    refused.value = answer.error ?? null;
    if (answer.error !== undefined) return;
    given.value += 1;
    toast(cancels ? _("The callback is canceled.") : moves ? _("Moved. The time waited so far counts on.") : _("The place in line has changed."));
    chosen.value = null;
    wish.value = "";
    reason.value = "";
  }

  if (items === null) return html`<p class="soft">${_("Loading…")}</p>`;
  if (!items.length) return html`<div class="empty"><${Icon} name="mood-smile" size="huge" /><b>${_("Nobody is waiting")}</b></div>`;
  return html`<form class="form" onSubmit=${give}>
    <${Refusal} text=${refused.value?.message} />
    <fieldset class="field"><legend>${ngettext("%(num)s contact in line; choose whom the order is about", "%(num)s contacts in line; choose whom the order is about", items.length)}</legend>
      <div class="waiting-choices">${items.map((one) => html`<label class="choice" key=${one.id}><input type="radio" name="contact" checked=${chosen.value === one.id} onChange=${() => { chosen.value = one.id; wish.value = ""; points.value = String(one.priority); }} />
        <b class="truncate grow">${who(one)}</b>
        ${isCallback(one) && html`<span class="pill"><${Icon} name="phone-outgoing" size="small" />${_("Callback")}</span>`}
        ${one.state === "parked" && html`<span class="pill tone-warn"><${Icon} name="clock-pause" size="small" />${one.reason === "not_reached" ? _("Did not answer") : _("Page closed")}</span>`}
        ${one.state === "reserved" && html`<span class="pill tone-info"><${Icon} name="phone-incoming" size="small" />${_("Ringing")}</span>`}
        ${one.language && html`<span class="faint nowrap">${LANGUAGES[one.language] ?? one.language}</span>`}
        ${one.priority !== 0 && html`<span class="pill">${ngettext("%(num)s point", "%(num)s points", one.priority)}</span>`}
        <${Elapsed} since=${one.enqueued_at} /></label>`)}</div></fieldset>
    ${item && html`<div class="form-grid">
      <div class="field"><label for="wish">${_("What to do")}</label>
        <select class="input" id="wish" required value=${wish.value} onChange=${(change) => { wish.value = change.target.value; }}>
          <option value="">${_("Choose…")}</option>
          ${item.state !== "parked" && html`<option value="points">${_("Come sooner or later")}</option>`}
          ${isCallback(item) && html`<option value="cancel">${_("Cancel the callback")}</option>`}
          ${(item.kind === "call" || isCallback(item)) && item.state !== "parked" && others.map((other) => html`<option key=${other.id} value=${`move:${other.id}`}>${_("Move to %(queue)s", { queue: nameOf(other.names) })}</option>`)}
        </select></div>
      ${wish.value === "points" && html`<div class="field"><label for="points">${_("Points")}</label>
        <input class="input" id="points" type="number" min="-100" max="100" step="1" required value=${points.value} onInput=${(typed) => { points.value = typed.target.value; }} aria-describedby="points-hint" />
        <span class="hint" id="points-hint">${_("One point is worth about a minute of waiting.")}</span></div>`}
    </div>
    <${Reason} id="waiting-reason" value=${reason.value} onInput=${(text) => { reason.value = text; }} error=${refused.value?.fields?.reason} />
    <div class="form-actions"><${OrderButton} event=${event} icon="send">${_("Give the order")}<//></div>`}
  </form>`;
}

function OpenOrClose({ queue }) {
  const reason = useSignal("");
  const refused = useSignal(null);
  async function give(submitted) {
    submitted.preventDefault();
    const answer = await order("board.queue_open", { queue: queue.id, open: !queue.open, reason: reason.value });
    refused.value = answer.error ?? null;
    if (answer.error !== undefined) return;
    toast(queue.open ? _("The queue is closed. Who waits in it is still served.") : _("The queue is open."));
    close();
  }
  return html`<form class="form" onSubmit=${give}>
    ${!queue.open && html`<p>${queue.closed_at ? _("Closed since %(time)s: %(reason)s", { time: fmt.dateTime(queue.closed_at), reason: queue.closed_reason || "–" }) : _("This queue is closed.")}</p>`}
    ${queue.open && html`<p class="soft">${ngettext("Nobody new gets in. %(num)s caller who waits is still served.", "Nobody new gets in. %(num)s callers who wait are still served.", queue.waiting)}</p>`}
    <${Refusal} text=${refused.value?.message} />
    <${Reason} id="queue-reason" value=${reason.value} onInput=${(text) => { reason.value = text; }} error=${refused.value?.fields?.reason} />
    <div class="form-actions"><${OrderButton} event="board.queue_open" icon=${queue.open ? "lock" : "lock-open"} kind=${queue.open ? "danger" : "primary"}>
      ${queue.open ? _("Close the queue") : _("Open the queue")}<//></div>
  </form>`;
}

export function QueueDialog({ id }) {
  const queue = queueOf(id);
  if (!queue) return html`<${Dialog} title=${_("Queue")} onClose=${close}><div class="dialog-body"><p>${_("This queue is not on the board any more.")}</p></div><//>`;
  return html`<${Dialog} title=${nameOf(queue.names)} wide=${true} onClose=${close}><div class="dialog-body">
    <${WaitingOrders} queue=${queue} />
    <details class="card board-more"><summary>${queue.open ? _("Close this queue") : _("Open this queue")}</summary><${OpenOrClose} queue=${queue} /></details>
    <div class="form-actions"><button type="button" class="button small" onClick=${() => { opened.value = { kind: "limits", id }; }}><${Icon} name="adjustments" size="small" />${_("Limits of this queue")}</button></div>
  </div><//>`;
}
