"""The language of a request: chosen by the person, else by cookie, else by the browser's header."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from babel import Locale
from flask import Blueprint, Flask, current_app, g, has_app_context, has_request_context, redirect, request, url_for
from flask.globals import app_ctx
from flask_babel import Babel, Domain, get_locale, get_timezone, refresh
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.i18n import compiled
from app.i18n.locales import DEFAULT, LANGUAGES, PSEUDO, PseudoLocale, known_language, tag_of
from app.i18n.negotiation import negotiate

COOKIE = "lang"
ONE_YEAR = 365 * 24 * 3600  # seconds

log = logging.getLogger(__name__)
blueprint = Blueprint("i18n", __name__)


class Messages(Domain):
    """The catalogues; that of a language is looked for once in a request, since a page asks for a hundred texts."""

    def get_translations(self) -> Any:
        if not has_app_context():
            return super().get_translations()
        kept = app_ctx._get_current_object().g.__dict__  # type: ignore[attr-defined]
        spoken = getattr(kept.get("_flask_babel"), "babel_locale", None)  # another one inside force_locale()
        known = kept.get("messages")
        if known is None or spoken is None or known[0] is not spoken:
            known = kept["messages"] = get_locale(), super().get_translations()
        return known[1]

    def in_page(self, text: str, /, **values: Any) -> Markup:
        """`_()` of the templates: what jinja makes of gettext, without the two detours it takes to it."""
        translated = Markup(self.get_translations().ugettext(text))  # noqa: S704 - our catalogues are reviewed text
        return translated % values if values or "%" in text else translated


def init_i18n(app: Flask) -> None:
    """Wire Flask-Babel, the language menu's route and the template functions; make stale catalogues anew."""
    root = Path(app.root_path).parent
    try:
        compiled.compile_stale(root / "translations", root / "static" / "i18n")
    except OSError as error:  # a read-only installation carries its compiled catalogues
        log.warning("catalogues could not be written: %s", error)
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", str(root / "translations"))
    Babel(app, locale_selector=_locale, timezone_selector=_time_zone_of_user)
    # A desk reads the clock in 24 hours in every language, as i18n.js does
    app.extensions["babel"].instance.date_formats.update({"time.short": "HH:mm", "time.medium": "HH:mm:ss"})
    app.register_blueprint(blueprint)
    app.extensions["babel"].instance.domain_instance = messages = Messages()
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: messages.get_translations().ugettext(text),
        lambda one, many, number: messages.get_translations().ungettext(one, many, number),
        newstyle=True,
    )
    app.jinja_env.globals.update(
        _=messages.in_page,
        lang_tag=lang_tag,
        languages=languages,
        i18n_catalog_url=i18n_catalog_url,
        time_zone=time_zone,
        here=here,
    )
    app.jinja_env.filters.update(duration=duration, localised=localised)


def language() -> str:
    """The code of this request's language: en, zh_Hans, zh_Hant (or en_XA where that is allowed)."""
    if not has_request_context():
        return DEFAULT
    if "language" not in g:
        user = getattr(g, "user", None)
        cookie = known_language(request.cookies.get(COOKIE), pseudo=_pseudo_allowed())
        g.language = (
            (cookie if cookie == PSEUDO else None)
            or known_language(getattr(user, "language", None))
            or cookie
            or negotiate(request.headers.get("Accept-Language", ""))
        )
    return str(g.language)


def prefer(code: str) -> None:
    """Show this request in `code` (of a page that we wrote somebody about), unless they chose a language themselves."""
    chosen = known_language(request.cookies.get(COOKIE), pseudo=_pseudo_allowed())
    if chosen is None and known_language(getattr(g.get("user"), "language", None)) is None:
        g.language = code
        g.pop("messages", None)
        refresh()


def lang_tag() -> str:
    """What `<html lang>` says: en, zh-Hans, zh-Hant."""
    return tag_of(language())


def languages() -> list[tuple[str, str, str]]:
    """(code, tag, own name) for the language menu."""
    rows = [(code, tag, name) for code, (tag, name) in LANGUAGES.items()]
    if _pseudo_allowed():
        rows.append((PSEUDO, tag_of(PSEUDO), "Ƥşéûđó"))
    return rows


def i18n_catalog_url() -> str:
    """Address of this language's JavaScript messages, with its content hash; empty for English."""
    if language() == DEFAULT:
        return ""
    file = Path(current_app.static_folder or "") / "i18n" / f"{lang_tag()}.json"
    if not file.exists():
        return ""
    return url_for("static", filename=f"i18n/{file.name}", v=compiled.digest(file))


def time_zone() -> str:
    """IANA name of the zone times are shown in."""
    return str(get_timezone())


def here() -> str:
    """Path and query of the page being shown, for forms that come back to it."""
    return request.full_path.rstrip("?") if request.query_string else request.path


def local_target(target: str | None) -> str:
    """`target` when it is a path on this site, else "/": a forged form must not lead elsewhere."""
    if not target or not target.startswith("/") or target.startswith("//") or "\\" in target:
        return "/"
    return target if target.isprintable() else "/"


def localised(names: Mapping[str, Any] | None, locale: str | None = None) -> str:
    """The one of `names` (language code -> name) in this request's language or `locale`, else the English."""
    found = names or {}
    return str(found.get(locale or language()) or found.get(DEFAULT) or next(iter(found.values()), ""))


def duration(seconds: float | None) -> str:
    """mm:ss, or h:mm:ss from an hour on; the same as `fmt.duration` in the browser."""
    whole = max(0, int(seconds or 0))
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{secs:02}" if hours else f"{minutes:02}:{secs:02}"


@blueprint.post("/language")
def choose() -> Response:
    """Remember the language in a cookie and go back to the page (security keeps it for who is signed in)."""
    response = redirect(local_target(request.form.get("next")), 303)
    chosen = known_language(request.form.get("language"), pseudo=_pseudo_allowed())
    if chosen:
        response.set_cookie(COOKIE, chosen, max_age=ONE_YEAR, samesite="Lax", httponly=True, secure=request.is_secure)
    return response


def _locale() -> Locale:
    code = language()
    if code == PSEUDO:
        return PseudoLocale()
    return Locale.parse("en_GB" if code == DEFAULT else code)  # English dates: 23 Nov 2026


def _time_zone_of_user() -> str | None:
    user: Any = getattr(g, "user", None)
    return getattr(user, "time_zone", None) or None


def _pseudo_allowed() -> bool:
    return bool(current_app.testing or current_app.debug)
