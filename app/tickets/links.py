"""The address under which a customer follows a request: a seal around its reference is the key to it."""

from __future__ import annotations

from itsdangerous import BadSignature, URLSafeSerializer

from app.errors import NotFound

#: What addresses begin with, and what seals them; told once, at start.
_told = {"address": "", "secret": ""}


def configure(public_address: str, secret: str) -> None:
    """Where customers reach this site, without a slash at the end, and the secret that seals references."""
    _told.update(address=public_address, secret=secret)


def seal(reference: str) -> str:
    """The token of a reference, for addresses."""
    return str(_sealer().dumps(reference))


def unseal(token: str) -> str:
    """The reference that a token of ours seals.

    Raises:
        NotFound: it is none of ours.
    """
    try:
        return str(_sealer().loads(token))
    except BadSignature as error:
        raise NotFound() from error


def status_address(reference: str) -> str:
    """Where the customer reads how the request stands."""
    return f"{_told['address']}/ticket/status/{seal(reference)}"


def _sealer() -> URLSafeSerializer:
    return URLSafeSerializer(_told["secret"], salt="ticket sent")
