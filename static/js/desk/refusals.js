// Refusals of the server that come as bare codes, in words for people.
import { _ } from "/static/js/i18n.js";

const REFUSALS = () => ({
  required: _("Please choose one."), unknown: _("This choice does not exist any more."), too_long: _("This is too long."), no_number: _("There is no number to send to."),
  stale_epoch: _("The desk has moved on; it is up to date again now."), moved_on: _("The call has moved on in the meantime."), conflict: _("Somebody else was faster."),
  offer_gone: _("This call is no longer offered: the caller hung up, or somebody else took it."), offer_expired: _("The time to answer ran out. The caller goes on to a colleague."),
  reservation_unknown: _("This contact is not yours any more."), wrapped_up_already: _("This contact is wrapped up already."), cannot_extend: _("The time can't be extended again."),
  call_still_on: _("The call is still on. End it first."), wrap_up_incomplete: _("Something is missing."), note_too_long: _("The note is too long."),
  not_in_call: _("You are not part of this call any more."), not_connected_yet: _("The sound is not connected yet. Please wait a moment."), no_consult: _("There is no consultation any more."),
  agent_not_certified: _("This colleague has no certificate for this queue."), agent_not_available: _("This colleague is not available now."), agent_busy: _("This colleague is busy now."),
  queue_unknown: _("This queue does not exist any more."), queue_full: _("This queue is full."), queue_closed: _("This queue is closed now."), keys_invalid: _("Only digits, * and # can be sent."),
  call_unknown: _("This call is over."), device_not_ready: _("The microphone check has not passed on this page."), forbidden: _("You may not do this."), too_many: _("Too many at once. Please wait a moment."),
  customer_unknown: _("This customer does not exist any more."), not_found: _("This does not exist any more."), invalid: _("The server could not use what was sent."),
});

/** Words for a code; a code nobody knows is shown as it is. */
export const refusal = (code) => REFUSALS()[code] ?? code;

/** What to tell somebody whose request failed. */
export function explain({ code, message }) {
  if (message && message !== code) return message;
  return REFUSALS()[code] ?? _("That did not work. Please try again.");
}
