// My tickets: what is in hand and what waits for somebody. A new one is said by a toast; nothing rings.
import { html, signal } from "/static/vendor/ui.mjs";
import { _, fmt } from "/static/js/i18n.js";
import { toast } from "/static/js/shell.js";
import { ticketCame } from "/static/js/desk/badge.js";
import { live, onGreeting } from "/static/js/desk/store.js";
import { moment, nameOf } from "/static/js/desk/words.js";
import { Icon, Pill } from "/static/js/desk/pieces.js";

const mine = signal(null); // the newest whole image

function take(image) {
  const before = mine.peek();
  if (!image || (before && image.v < before.v)) return;
  mine.value = image;
  if (!before) return;
  const known = new Map(before.tickets.map((ticket) => [ticket.id, ticket]));
  for (const ticket of image.tickets.filter((one) => one.state === "open" && known.get(one.id)?.state !== "open")) {
    const words = _("New for you: %(reference)s, %(subject)s", { reference: ticket.reference, subject: ticket.subject });
    toast(words, { action: _("Open"), run: () => window.open(`/tickets/${ticket.id}`, "_blank", "noopener"), seconds: 15 });
    ticketCame(words);
  }
}

live.on("tickets.image", take);
onGreeting(async () => take((await live.request("tickets.sync")).image));

const STATES = { pending_customer: ["clock-pause", () => _("Customer is asked")], on_hold: ["player-pause", () => _("On hold")] };

function Sign({ ticket }) {
  if (STATES[ticket.state]) return html`<${Pill} icon=${STATES[ticket.state][0]}>${STATES[ticket.state][1]()}<//>`;
  return ticket.unanswered ? html`<${Pill} tone="accent" icon="arrow-back-up">${_("Waits for you")}<//>` : html`<${Pill} tone="ok" icon="check">${_("Answered")}<//>`;
}

const Row = ({ ticket }) => html`<li><a class="item" href=${`/tickets/${ticket.id}`} target="_blank" rel="noopener">
  <span class="icon-tile"><${Icon} name="ticket" /></span>
  <div class="min grow"><b class="truncate" dir="auto">${ticket.subject}</b>
    <div class="row"><small class="grow min"><span class="truncate">${[ticket.reference, ticket.name, nameOf(ticket.queue_names)].filter(Boolean).join(" · ")}</span></small><small class="nowrap">${moment(ticket.touched_at)}</small></div>
    <${Sign} ticket=${ticket} /></div></a></li>`;

/** Nothing is drawn while there is nothing: the column belongs to who waits. */
export function Tickets() {
  const tickets = mine.value?.tickets ?? [];
  if (!tickets.length) return null;
  return html`<div class="pane-head"><h2>${_("My tickets")}</h2><span class="count">${fmt.number(tickets.filter((one) => one.state === "open").length)}</span></div>
    <ul class="item-list my-tickets pane-scroll" tabindex="0" aria-label=${_("My tickets")}>${tickets.map((ticket) => html`<${Row} key=${ticket.id} ticket=${ticket} />`)}</ul>`;
}
