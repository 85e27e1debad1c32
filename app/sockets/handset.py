"""The event of the demo's Phone page."""

from __future__ import annotations

import re
from typing import Any

from app.errors import Invalid
from app.security.sessions import SignedIn
from app.sockets import join, on, snapshot, words

_E164 = re.compile(r"\+[0-9]{5,15}")


@on("handset.join", permission="phone.use")
def join_handset(user: SignedIn, data: dict[str, Any]) -> dict[str, Any]:
    """The handset as of now, and from now on each change of it."""
    number = words(data, "number", 16)
    if not _E164.fullmatch(number):
        raise Invalid(code="signal_invalid")
    join("handset", number)
    return {"image": snapshot("handset", number)}
