"""What can go wrong on purpose. One map to HTTP statuses, one to socket acknowledgements."""

from __future__ import annotations

from typing import Any


class DeskError(Exception):
    """A refusal with a stable `code` for programs and a localised `message` for people."""

    status = 500
    code = "error"

    def __init__(self, message: str = "", *, code: str | None = None, fields: dict[str, str] | None = None):
        self.code = code or self.code
        super().__init__(message or self.code)
        self.message = message
        #: Form field -> localised message, for forms that keep what was typed.
        self.fields = fields or {}


class Invalid(DeskError):
    """The input cannot be used as it is."""

    status = 422
    code = "invalid"


class Unauthenticated(DeskError):
    """Nobody is signed in, or the session has ended."""

    status = 401
    code = "signed_out"


class Forbidden(DeskError):
    """The person is known but may not do this."""

    status = 403
    code = "forbidden"


class NotFound(DeskError):
    """No such thing, or none that this person may see."""

    status = 404
    code = "not_found"


class Conflict(DeskError):
    """The world has moved on: somebody else was first, or the state is another one by now."""

    status = 409
    code = "conflict"


class TooMany(DeskError):
    """The limit of this page or sender is reached."""

    status = 429
    code = "too_many"


def as_ack(error: DeskError) -> dict[str, Any]:
    """The acknowledgement a socket client gets for `error`."""
    return {"ok": False, "error": {"code": error.code, "message": error.message, "fields": error.fields}}
