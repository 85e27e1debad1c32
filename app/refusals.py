"""Codes of refusals -> words for people, in their language. The code travels beside for programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask_babel import gettext as _

from app.errors import DeskError

Refusal = TypeVar("Refusal", bound=DeskError)


def _texts() -> dict[str, Callable[[], str]]:
    return {
        "offer_gone": lambda: _("This call was taken back or is with somebody else by now."),
        "offer_expired": lambda: _("The offer ran out a moment ago. The caller keeps the place in line."),
        "stale_epoch": lambda: _("Your phone has moved to another tab. Take it over here to go on."),
        "moved_on": lambda: _("That is no longer possible: the call has moved on in the meantime."),
        "not_in_call": lambda: _("You have no part in this call any more."),
        "listen_gone": lambda: _("This call can't be listened to any more. Please choose another one."),
        "listen_taken": lambda: _("Somebody else is listening to this call. One is enough."),
        "listen_busy": lambda: _("You take calls yourself just now. Choose Training or a break at your desk first."),
        "listen_already": lambda: _("You are listening to a call already."),
        "listen_no_practice": lambda: _("You are in practice for no queue, so there is no call to listen to."),
        "not_connected_yet": lambda: _("The call is just being connected. One moment."),
        "agent_not_available": lambda: _("This colleague is not available at the moment."),
        "agent_barred": lambda: _("This colleague must not take this contact: it is about their own work."),
        "erase_reference": lambda: _("This is not the reference of this customer. Nothing was erased."),
        "erase_not_now": lambda: _("Something is under way with this customer. Nothing was erased."),
        "message_unknown": lambda: _("We can't find this message."),
        "message_settled": lambda: _("This message is not in doubt any more: somebody or the carrier has settled it."),
        "contact_unknown": lambda: _("We can't find this contact."),
        "quality_unknown": lambda: _("We can't find this callback."),
        "questionnaire_unknown": lambda: _("There is no such version of the questions."),
        "questionnaire_answers": lambda: _("Some questions have no answer yet."),
        "questionnaire_form": lambda: _("Please look at the marked fields."),
        "questionnaire_lacks": lambda: _("Some texts are missing or can't be used yet. Nothing was published."),
        "questionnaire_same": lambda: _("Nothing differs from what is asked now, so there is nothing to publish."),
        "questionnaire_draft_there": lambda: _("There is a draft already: work on that one, or throw it away."),
        "questionnaire_published": lambda: _("This version was published. What customers were asked with stays."),
        "questionnaire_changed": lambda: _(
            "Somebody saved this draft while you were at it. What you typed is still here: look at theirs, then save."
        ),
        "questionnaire_core": lambda: _(
            "All scores rest on this question, so it stays. You may change its words; scores are marked then."
        ),
        "questionnaire_full": lambda: _("That is as many questions as fit into the four minutes we promise."),
        "questionnaire_order": lambda: _("The questions that scores rest on keep their order among themselves."),
        "quality_form": lambda: _("Please look at the marked fields."),
        "quality_nobody_served": lambda: _(
            "Nobody spoke with the customer in this contact, so there is nobody to rate."
        ),
        "quality_customer_unknown": lambda: _("It is not known whose contact this was."),
        "quality_of_quality": lambda: _("This was a quality call itself."),
        "quality_own_contact": lambda: _("This was your own contact: somebody else has to ask."),
        "quality_no_number": lambda: _("There is no number of this customer to call."),
        "quality_opted_out": lambda: _("This number has said STOP: no SMS with a link may be sent to it."),
        "quality_do_not_call": lambda: _("This customer does not want to be asked."),
        "quality_asked_lately": lambda: _("This customer was asked within the last 90 days."),
        "quality_no_queue": lambda: _("No queue is set up for quality calls. An administrator can say which it is."),
        "quality_in_hand": lambda: _("Somebody is talking with the customer right now."),
        "link_off": lambda: _("The house sends no links at the moment."),
        "link_sent_already": lambda: _("This customer has the link already."),
        "link_answered": lambda: _("This was answered already. Thank you."),
        "link_over": lambda: _("This link is over."),
        "quality_over": lambda: _("This callback is over already."),
        "need_unknown": lambda: _("There is no such entry."),
        "need_form": lambda: _("Please look at the marked fields."),
        "need_changed": lambda: _(
            "Somebody changed this entry while you were at it. Read what is new, then save yours."
        ),
        "need_merged": lambda: _("This entry was joined with another in the meantime."),
        "need_same": lambda: _("An entry can't be joined with itself."),
        "need_only_voice": lambda: _("This is the only voice of the entry."),
        "need_undecided": lambda: _("Decide first what becomes of it: planned, done or declined."),
        "need_nobody_to_tell": lambda: _("Nobody is left whom we may tell."),
        "coaching_unknown": lambda: _("There is no such note, or it is not yours to see."),
        "coaching_form": lambda: _("Please look at the marked fields."),
        "coaching_own": lambda: _("Nobody writes a note about themselves."),
        "coaching_month_open": lambda: _("This month is not over yet. Notes are written about closed months."),
        "coaching_too_few": lambda: _(
            "There are too few interviews: with fewer than three, everybody would know who said what."
        ),
        "coaching_changed": lambda: _("Somebody changed this note while you were at it. Read what is new, then save."),
        "coaching_released": lambda: _("This note is released. What the agent has read stays as it is."),
        "coaching_step_done": lambda: _("This step is done already."),
        "coaching_read": lambda: _("You said so already."),
        "appeal_form": lambda: _("Please look at the marked fields."),
        "appeal_unknown": lambda: _("There is no such appeal, or you had a part in it and must not decide."),
        "appeal_made": lambda: _("One interview of this note was appealed already."),
        "appeal_late": lambda: _("The time for an appeal is over."),
        "appeal_decided": lambda: _("This appeal is decided already."),
        "reward_scope": lambda: _("This role can't be paid on that."),
        "agent_not_certified": lambda: _("This colleague has no valid certificate for this queue."),
        "agent_busy": lambda: _("This colleague is busy with another contact."),
        "no_consult": lambda: _("Your colleague is not on the line yet."),
        "cannot_extend": lambda: _("The after-call time was extended already."),
        "call_still_on": lambda: _("The call is still on. End it first, then save."),
        "wrapped_up_already": lambda: _("This contact is saved already."),
        "wrap_up_incomplete": lambda: _("Something is missing before this can be saved."),
        "note_too_long": lambda: _("The note is too long. 20,000 characters fit."),
        "keys_invalid": lambda: _("Only the keys 0-9, * and # can be sent."),
        "intent_unknown": lambda: _("There is no such state."),
        "break_code_unknown": lambda: _("Please choose what kind of break it is."),
        "queue_unknown": lambda: _("There is no such queue, or it is closed."),
        "queue_closed": lambda: _("This queue is closed."),
        "queue_outside_hours": lambda: _(
            "Nobody serves that queue at this hour: the caller would wait in vain. Choose another, or promise a call."
        ),
        "queue_full": lambda: _("Many people are waiting at the moment. Please try again in a little while."),
        "topic_unknown": lambda: _("Please choose what your call is about."),
        "customer_unknown": lambda: _("There is no such customer."),
        "call_unknown": lambda: _("This call is over."),
        "reservation_unknown": lambda: _("This contact is not yours."),
        "agent_unknown": lambda: _("You do not take calls in this organisation."),
        "too_many_messages": lambda: _("This page sends faster than the desk can take. Please wait a moment."),
        "signal_invalid": lambda: _("The desk did not understand that."),
        "signal_too_large": lambda: _("That is too large to send."),
        "signal_audio_only": lambda: _("Only sound can be sent."),
        "reason_missing": lambda: _("Please say why: the agent and the log are told."),
        "reason_too_long": lambda: _("The reason is too long. 300 characters fit."),
        "agent_not_here": lambda: _("This agent is not at the desk."),
        "agent_has_contact": lambda: _(
            "A contact is in this agent's hands. Wait until it ends, or pull it back first."
        ),
        "points_invalid": lambda: _("Please give whole points between -100 and 100."),
        "not_waiting": lambda: _("This contact is not waiting any more."),
        "contact_ringing": lambda: _("This contact rings at an agent now. Pull it back first."),
        "nothing_rings": lambda: _("Nothing rings at this agent any more."),
        "in_queue_already": lambda: _("This contact is in that queue already."),
        "callback_too_late": lambda: _("You are not waiting in line any more."),
        "about_to_be_answered": lambda: _("An agent's telephone rings for you right now. Please stay on the line."),
        "rings_no_more": lambda: _("It rings no more: the agent has hung up. You keep your place."),
        "no_telephones": lambda: _("This desk rings no telephones: calls run from browser to browser."),
        "dial_opted_out": lambda: _("This number has said STOP: it must not be rung."),
        "dial_do_not_call": lambda: _("The customer does not want to be called at this number."),
        "dial_at_night": lambda: _("It is outside the customer's usual hours."),
        "callback_attempts": lambda: _("This customer was rung as often as may be."),
        "breach_over": lambda: _("This is over already."),
        "limits_invalid": lambda: _("Some limits can't be used like this."),
        "recording_unknown": lambda: _("There is no such recording."),
        "recording_kind_unknown": lambda: _("This browser records in a way that the desk can't keep."),
        "recording_closed": lambda: _("This recording is over already."),
        "recording_gap": lambda: _("A part of the recording is still missing."),
        "recording_differs": lambda: _("Another part of the recording has this number already."),
        "recording_chunk_size": lambda: _("This part of the recording is empty or too large."),
        "recording_too_long": lambda: _("The recording has become too long."),
        "recording_not_sound": lambda: _("That is not sound."),
        "recording_not_yours": lambda: _("You may listen to recordings of contacts that you handled yourself."),
        "recording_deleted": lambda: _("The sound of this recording is deleted. Its entry stays."),
        "recording_still_open": lambda: _("This is still being recorded. Listen to it when the call is over."),
        "recording_pause_reason": lambda: _("Please choose why the recording pauses."),
        "recording_not_allowed": lambda: _("This call may not be recorded."),
        "voicemail_answered": lambda: _("You have spoken with us already. Please call again to add something."),
        "voicemail_sent": lambda: _("Your message has reached us already. To add something, answer our text or call."),
        "voicemail_gone": lambda: _("This message was thrown away. Please record it anew."),
        "voicemail_tries": lambda: _("You have recorded many times. Please type your message instead."),
        "draw_unknown": lambda: _("There is no such draw."),
        "draw_moved_on": lambda: _("That is no longer possible: the draw has moved on in the meantime."),
        "commitment_invalid": lambda: _("Your browser could not make a secret. Please reload the page and try again."),
        "committed_already": lambda: _("This role is bound already. It takes two people in two roles."),
        "secret_wrong": lambda: _("This is not the secret that was committed to. Please look for the saved file."),
        "beacon_invalid": lambda: _("Please name a public source and the moment, after the end of the month."),
        "beacon_untimely": lambda: _("This value is not published yet, or it was before the frame was frozen."),
        "ticket_unknown": lambda: _("There is no such ticket."),
        "ticket_changed": lambda: _(
            "Somebody wrote or moved something while you were at it. Read what is new, then send yours again."
        ),
        "ticket_moved_on": lambda: _("That is no longer possible: the ticket has moved on in the meantime."),
        "ticket_not_yours": lambda: _("This ticket is not in your hands. Take it first, or ask who has it."),
        "ticket_topic_unknown": lambda: _("Please choose what it is about."),
        "ticket_text_missing": lambda: _("Please write something first."),
        "ticket_text_too_long": lambda: _("This is too long. Nothing was sent, and nothing was cut off."),
        "ticket_text_has_hole": lambda: _("The text still has a {gap} to fill in. Nothing was sent."),
        "ticket_no_number": lambda: _("There is no number to send an SMS to."),
        "ticket_closed": lambda: _("This request is closed. Please write a new one and name the reference."),
        "ticket_opted_out": lambda: _("This number has said STOP: no SMS may be sent to it."),
        "agent_full": lambda: _("That is as many tickets as one person may have in hand. Set one aside first."),
        "forbidden": lambda: _("Your role does not include this."),
        "not_found": lambda: _("There is no such thing here, or it is not yours to see."),
        "conflict": lambda: _("Somebody else was faster. Please look again."),
        "invalid": lambda: _("Please check what you entered."),
        "error": lambda: _("Something went wrong on our side. Nothing you typed is lost; please try again."),
    }


def _field_texts() -> dict[str, Callable[[], str]]:
    return {
        "required": lambda: _("Please choose one."),
        "interview_incomplete": lambda: _(
            "Some questions have no answer yet: answer them, or choose “Interviewed in part”."
        ),
        "coaching_no_step": lambda: _("The plan needs at least one step."),
        "coaching_day": lambda: _("Please choose a day from today on, within a year."),
        "amount_invalid": lambda: _("Please give an amount like 1250.00."),
        "questionnaire_empty": lambda: _("Please write something in each of the three languages."),
        "questionnaire_hole": lambda: _("Only {day} and {topic} are filled in; other braces would be read out."),
        "questionnaire_braces": lambda: _("Nothing is filled in here: please leave braces out."),
        "questionnaire_scale": lambda: _(
            "Say the direction: 1 with the word for 1, 5 with the word for 5, and no other end of the scale."
        ),
        "questionnaire_core": lambda: _("The questions that scores rest on must all be there, in their order."),
        "questionnaire_full": lambda: _("That is as many questions as fit into the four minutes we promise."),
        "interview_empty": lambda: _("No question has an answer yet."),
        "time_out_of_range": lambda: _("Please choose a time from now on, within 60 days."),
        "unknown": lambda: _("This is not one of the choices any more."),
        "too_long": lambda: _("This is too long."),
        "text_missing": lambda: _("Please write something first."),
        "text_has_hole": lambda: _("Fill in what stands in {braces}, or take it out."),
        "ticket_no_number": lambda: _("There is no number to send an SMS to."),
        "ticket_opted_out": lambda: _("This number has said STOP: no SMS may be sent to it."),
        "reason_missing": lambda: _("Please say why."),
        "points_invalid": lambda: _("Whole points between -100 and 100."),
        "not_a_number": lambda: _("Please give a whole number."),
        "out_of_range": lambda: _("This number is too small or too large."),
        "red_before_amber": lambda: _("Red must not come before amber."),
        "no_number": lambda: _("The caller gave no number, so no SMS can be sent."),
    }


def localise(error: Refusal) -> Refusal:
    """The same refusal, with words for people where it carries only codes."""
    if not error.message:
        text = _texts().get(error.code)
        error.message = text() if text else _texts()["error"]()
    fields = _texts() | _field_texts()
    error.fields = {name: fields[code]() if code in fields else code for name, code in error.fields.items()}
    return error
