"""Passwords: argon2id hashes, what a new one must be like, and first passwords to hand over."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import gettext as _

#: OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
#: Old hashes follow at their owner's next sign-in when these are raised.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

SHORTEST = 10
#: Far beyond any real one; keeps a huge body from costing us a huge hash.
LONGEST = 200
#: What everybody tries first, as far as it is long enough at all.
_WORN_OUT = frozenset(
    {
        *("1234567890", "0123456789", "12345678910", "123456789a", "1234512345", "1122334455", "a123456789"),
        *("1q2w3e4r5t", "qwertyuiop", "qwerty1234", "qwerty12345", "abcd123456", "abc1234567", "abcdefghij"),
        *("password12", "password123", "password1234", "passw0rd123", "welcome123", "welcome1234"),
        *("letmein123", "changeme123", "administrator", "hearback123", "iloveyou123"),
        *("woaini1314", "woaini520520", "5201314520"),
    }
)
#: No letters or digits that are mistaken for each other when read aloud.
_SPOKEN = "abcdefghjkmnpqrstuvwxyz23456789"


def hash_password(password: str) -> str:
    """The argon2id hash to store, with its parameters and salt."""
    return _hasher.hash(_normal(password))


def fits(stored: str | None, password: str) -> bool:
    """True when `password` is the one behind `stored`. Takes as long without a hash to compare."""
    try:
        matches = _hasher.verify(stored or _decoy(), _normal(password)[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return matches and stored is not None


def is_outdated(stored: str) -> bool:
    """True when `stored` was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def first_password() -> str:
    """A random password to hand over by voice or paper (79 bits); its owner chooses another at once."""
    return "-".join("".join(secrets.choice(_SPOKEN) for _place in range(4)) for _group in range(4))


def objection(password: str, *, login: str) -> str:
    """What is wrong with a new password, in the person's language; empty when it will do.

    Length and not being a worn-out one is what counts (NIST SP 800-63B); no rules about signs and digits.
    """
    length, plain = len(_normal(password)), _normal(password).casefold()
    if length < SHORTEST:
        return _("Please use at least %(number)s characters. Several words in a row work well.", number=SHORTEST)
    if length > LONGEST:
        return _("Please use at most %(number)s characters.", number=LONGEST)
    if plain in _WORN_OUT or len(set(plain)) < 4 or (login and plain.startswith(login.casefold())):
        return _("This one is guessed quickly. Please choose another.")
    return ""


@cache
def _decoy() -> str:
    """A hash that nothing fits, made once with today's parameters."""
    return _hasher.hash(secrets.token_urlsafe(32))


def _normal(password: str) -> str:
    # The same word typed by different keyboards and input methods must give the same hash.
    return unicodedata.normalize("NFKC", password)
