"""Languages of the pages: which one a person gets, and the catalogues that carry it."""

from app.i18n.locales import LANGUAGES, PSEUDO, known_language, tag_of
from app.i18n.negotiation import negotiate
from app.i18n.web import init_i18n, lang_tag, language, localised, prefer

__all__ = [
    "LANGUAGES",
    "PSEUDO",
    "init_i18n",
    "known_language",
    "lang_tag",
    "language",
    "localised",
    "negotiate",
    "prefer",
    "tag_of",
]
