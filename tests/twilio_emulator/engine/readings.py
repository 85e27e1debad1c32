"""What Twilio's texts leave open, each as a switch: the product has to hold under both settings."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from random import Random
from typing import Any, Literal


@dataclass(frozen=True)
class Readings:
    """One way to read what is not settled. `Readings()` is the plain one, `flipped()` the other of each."""

    #: After a redirect out of a queue: is Enqueue's action asked with QueueResult=redirected?
    enqueue_action_after_redirect: bool = True
    #: If it is, do verbs in its reply take the call away from where the redirect put it? An empty reply never does.
    enqueue_reply_is_run: bool = False
    #: A leg with endConferenceOnExit that is redirected out of its room: does the room end?
    redirect_out_ends_room: bool = True
    #: Is a caller who hangs up before the queue's first document is there a `system-error` and no `hangup`?
    hangup_while_enqueued_is_error: bool = False
    #: A wait document that cannot be had: does the caller leave the queue with QueueResult=error?
    broken_wait_leaves_queue: bool = False
    #: Is `loop="0"` of Play until the call ends? Otherwise it is played once.
    play_loop_zero_is_endless: bool = True
    #: Does making a participant count for the one call per second that an account may begin?
    participants_are_paced: bool = False
    #: Is Dial's action asked after its caller has hung up? The reply cannot be run.
    dial_action_after_hangup: bool = True
    #: A leg made for a room that nobody answers: does the room tell that it left?
    failed_join_is_told: bool = True
    #: Does the callback of a number carry SequenceNumber, Timestamp and CallbackSource as others do?
    number_callback_is_numbered: bool = False
    #: What a Dial ends as after a conference.
    dial_status_of_room: Literal["answered", "completed"] = "answered"
    #: Does the press of the finishing key alone ask Gather's action, with empty Digits?
    finish_key_alone_is_result: bool = False

    def flipped(self) -> Readings:
        """Each switch the other way."""
        return replace(self, **{name: _other(getattr(self, name)) for name in self.names()})

    def with_flipped(self, name: str) -> Readings:
        """Only `name` the other way."""
        return replace(self, **{name: _other(getattr(self, name))})

    @classmethod
    def drawn(cls, seed: int) -> Readings:
        """Each switch one way or the other, by chance."""
        chance, made = Random(seed), cls()
        for name in cls.names():
            made = made.with_flipped(name) if chance.random() < 0.5 else made
        return made

    @classmethod
    def names(cls) -> list[str]:
        return [field.name for field in fields(cls)]


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return "completed" if value == "answered" else "answered"
