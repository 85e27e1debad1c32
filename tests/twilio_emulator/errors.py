"""What Twilio's REST answers when it refuses."""

from __future__ import annotations


class RestError(Exception):
    """A refusal: HTTP status, Twilio's code, words. `body()` is the JSON that goes out."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(f"HTTP {status}, {code}: {message}")
        self.status = status
        self.code = code
        self.message = message

    def body(self) -> dict[str, object]:
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


class NotEmulated(Exception):
    """The product asked for something that the emulator does not have: 501, and the journal keeps it as a failure."""


def not_found(what: str) -> RestError:
    """404 / 20404, as for every SID that the account does not have."""
    return RestError(404, 20404, f"The requested resource {what} was not found")
