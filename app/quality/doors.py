"""What quality callbacks need of calls and tickets, as functions that a higher layer puts in (app/effects.py).

Calls, tickets and quality callbacks are siblings: none imports another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.quality_call import Outcome
from app.eventlog import Actor
from app.quality.models import QualityCallback


@dataclass(frozen=True, slots=True)
class Doors:
    """Participants of siblings: each takes the session first."""

    #: (session, callback, contact id, until when the customer's page is waited for, actor) -> token of that page; the
    #: contact is in line from then on.
    put_in_line: Callable[[Session, QualityCallback, str, datetime, Actor], str]
    #: (session, token, actor): nobody shall ring any more; False when somebody talks or writes up.
    withdraw: Callable[[Session, str, Actor], bool]
    #: (session, token, actor) -> the agent who rang, None when nobody did: the customer would rather answer
    #: in writing, and nobody rings any more. Refuses once they talk, or it is over.
    in_writing: Callable[[Session, str, Actor], int | None]
    #: (session, token) -> how an attempt ended of which nothing more will come; None while something may.
    over_as: Callable[[Session, str], Outcome | None]
    #: (session, callback, subject, body, channel, actor) -> (id, contact id) of a ticket in line.
    open_ticket: Callable[[Session, QualityCallback, str, str, str, Actor], tuple[int, str]]


_doors: list[Doors] = []


def use(doors: Doors) -> None:
    """Put the functions in; the latest count."""
    _doors[:] = [doors]


def doors() -> Doors:
    """The functions that were put in.

    Raises:
        RuntimeError: app.effects was never imported.
    """
    if not _doors:
        raise RuntimeError("quality callbacks have no doors to calls and tickets")
    return _doors[0]
