"""The frame around every page: rail, theme, who is signed in; and the living style page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from flask import (
    Blueprint,
    Flask,
    current_app,
    g,
    has_request_context,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.domain.names import avatar_tone, initials
from app.errors import NotFound
from app.i18n.web import ONE_YEAR, lang_tag, local_target
from app.security.guard import may, permission_of
from app.security.notices import read_notices

THEMES = ("auto", "light", "dark")
COOKIE = "theme"
SIGN_OUT = "security.sign_out"
ACCOUNT = "security.me"
SEARCH = "customers.listing"
#: Features without an entry of their own in the rail -> the one they are reached from.
BELONGS_TO = {
    "people": "administration",
    "walls": "board",
    "listen": "road",
    **dict.fromkeys(("draws", "scores", "needs", "coaching", "appeals", "learning", "rules"), "quality"),
    "questionnaire": "quality",
}

blueprint = Blueprint("shell", __name__)


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the rail, ready to print."""

    url: str
    icon: str
    label: str
    current: bool
    last: bool = False


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who the menu at the top right names."""

    name: str
    detail: str


def init_shell(app: Flask) -> None:
    """Register theme route and style page, and the functions that base.html and the macros call."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(
        nav_items=nav_items,
        frame=frame,
        theme=theme,
        role_name=role_name,
        signed_in=signed_in,
        search_url=search_url,
        sign_out_url=sign_out_url,
        account_url=account_url,
        own_notices=own_notices,
    )
    app.jinja_env.filters.update(initials=initials, avatar_tone=avatar_tone)


def nav_items() -> list[NavItem]:
    """The rail of the person signed in: only pages that exist and that they may see."""
    places = [
        ("desk.show", "headset", _("Desk")),
        ("tickets.listing", "ticket", _("Tickets")),
        ("customers.listing", "address-book", _("Customers")),
        ("recordings.listing", "headphones", _("Recordings")),
        ("quality.listing", "star", _("Quality")),
        # Who leads reaches their own notes from the page of quality
        *(() if _reachable("quality.listing") else (("mine.show", "school", _("My coaching")),)),
        ("training.listing", "route", _("Training")),
        *(() if _reachable("training.listing") else (("road.mine", "route", _("My road")),)),
        ("reports.show", "chart-bar", _("Reports")),
        ("board.show", "device-desktop-analytics", _("Board")),
        ("messages.phone", "device-mobile", _("Phone")),
        ("administration.overview", "settings", _("Setup")),
    ]
    feature = _feature()
    return [
        NavItem(
            url=url_for(endpoint),
            icon=icon,
            label=label,
            current=endpoint.split(".")[0] == feature,
            last=endpoint == "administration.overview",
        )
        for endpoint, icon, label in places
        if _reachable(endpoint)
    ]


def frame() -> tuple[str, str, str]:
    """All that the rail depends on: the language, the role and where one is."""
    user: Any = getattr(g, "user", None)
    return lang_tag(), user.role if user else "", _feature()


def _feature() -> str:
    """The entry of the rail that the page shown belongs to."""
    feature = (request.endpoint or "").split(".")[0] if has_request_context() else ""
    return BELONGS_TO.get(feature, feature)


def theme() -> str:
    """auto, light or dark: the person's setting, else this browser's cookie."""
    if not has_request_context():
        return "auto"
    chosen = getattr(getattr(g, "user", None), "theme", None)
    if chosen not in THEMES or chosen == "auto":
        chosen = request.cookies.get(COOKIE)
    return str(chosen) if chosen in THEMES else "auto"


def signed_in() -> SignedIn | None:
    """Name and role of the person signed in, or None."""
    user: Any = getattr(g, "user", None)
    return SignedIn(name=user.display_name, detail=role_name(user.role)) if user else None


def own_notices() -> dict[str, Any] | None:
    """How the person signed in wants to be told; None for strangers."""
    user: Any = getattr(g, "user", None)
    return asdict(read_notices(user.notices)) if user else None


def role_name(role: str) -> str:
    """A role as people call it."""
    names: dict[str, str] = {
        "agent": _("Agent"),
        "supervisor": _("Supervisor"),
        "quality": _("Quality caller"),
        "administrator": _("Administrator"),
        "read_only": _("Read only"),
    }
    return names.get(role, role)


def search_url() -> str:
    """Where the top bar's search goes; empty where there is none for this person."""
    return url_for(SEARCH) if _reachable(SEARCH) else ""


def sign_out_url() -> str:
    """Where the sign-out form posts to."""
    return url_for(SIGN_OUT) if SIGN_OUT in current_app.view_functions else ""


def account_url() -> str:
    """One's own account page; empty where there is none."""
    return url_for(ACCOUNT) if _reachable(ACCOUNT) else ""


@blueprint.post("/theme")
def set_theme() -> Response:
    """Remember the theme in a cookie and go back to the page (security keeps it for who is signed in)."""
    response = redirect(local_target(request.form.get("next")), 303)
    chosen = request.form.get("theme")
    if chosen in THEMES:
        response.set_cookie(COOKIE, chosen, max_age=ONE_YEAR, samesite="Lax", httponly=True, secure=request.is_secure)
    return response


@blueprint.get("/styleguide")
def styleguide() -> str:
    """Every component on one page, for looking at; only where nobody works in earnest."""
    if not (current_app.debug or current_app.testing or current_app.config.get("DEMO")):
        raise NotFound(_("We can't find that page"))
    sample = {"name": _("Please give a name."), "phone": _("This number is not complete.")}
    return render_template("styleguide.html", errors=sample, waiting=ngettext("%(num)s waiting", "%(num)s waiting", 6))


def _reachable(endpoint: str) -> bool:
    if endpoint not in current_app.view_functions:
        return False
    needed = permission_of(current_app, endpoint)
    return needed is None or may(needed)
