"""How a change is made safely: not over somebody else's, not without saying what it does, not without a trace."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.errors import Conflict, DeskError


@dataclass(frozen=True, slots=True)
class Consequence:
    """Something that a change will do, said before it is saved."""

    #: Stable name of the kind, by which a person's consent is remembered from one request to the next.
    code: str
    text: str
    #: "info", "warn" or "bad".
    tone: str = "info"


class ConfirmFirst(DeskError):
    """The change does more than meets the eye: show `consequences` and ask again with `token`."""

    status = 409
    code = "confirm_first"

    def __init__(self, consequences: Sequence[Consequence]) -> None:
        super().__init__(" ".join(each.text for each in consequences))
        self.consequences = tuple(consequences)
        self.token = consent_to(consequences)


class EditConflict(Conflict):
    """Somebody else saved since the form was opened; `theirs` is what stands now."""

    def __init__(self, theirs: Mapping[str, Any]) -> None:
        super().__init__(_("Somebody else saved this while you were editing."), code="edit_conflict")
        self.theirs = dict(theirs)


def consent_to(consequences: Sequence[Consequence]) -> str:
    """What a form sends back to agree to these kinds of consequences.

    Numbers do not count: one more caller in line meanwhile must not ask the question again, another kind of harm must.
    """
    return ",".join(sorted({each.code for each in consequences}))


def demand_consent(consequences: Sequence[Consequence], given: str) -> None:
    """Raises: ConfirmFirst: `given` does not cover every kind of consequence."""
    if {each.code for each in consequences} - set(given.split(",")):
        raise ConfirmFirst(consequences)


def fingerprint(values: Mapping[str, Any]) -> str:
    """A short text that changes with any of `values`: a form carries it to notice lost updates."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()[:16]


def demand_unchanged(values: Mapping[str, Any], seen: str | None) -> None:
    """Compare what stands now with what the form was opened on; None (the command line) has opened nothing.

    Raises:
        EditConflict: somebody else saved in between.
    """
    if seen is not None and seen != fingerprint(values):
        raise EditConflict(values)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Only what changed, on both sides, as the event log keeps it."""
    changed = [key for key in after if before.get(key) != after[key]]
    return {key: before.get(key) for key in changed}, {key: after[key] for key in changed}
