"""One permission check for pages and sockets. What nobody guarded stays shut."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, Flask, current_app, g, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.clock import now
from app.db import reading, transaction
from app.errors import Forbidden, NotFound, Unauthenticated
from app.eventlog import Actor, person
from app.security import sessions
from app.security.roles import DEMO_ONLY, PERMISSIONS, allows
from app.security.sessions import SignedIn

View = TypeVar("View", bound=Callable[..., object])

#: Blueprint name -> permission that its pages need; None is open to everyone.
_blueprints: dict[str, str | None] = {}
#: Stands for a permission where a provider's signature is asked for: app/security/twilio_guard.py.
SIGNED = "signed"
#: Where people with a first password land, and what they may still do until they chose their own.
CHOOSE_PASSWORD = "security.password"  # noqa: S105 - an endpoint
BEFORE_OWN_PASSWORD = frozenset({CHOOSE_PASSWORD, "security.sign_out", "security.change_password"})

#: Addresses that must answer without the database.
WITHOUT_PERSON = frozenset({"static", "health.alive", "health.ready"})


class Unguarded(RuntimeError):
    """A route that nobody guarded: it answers nobody until somebody decides who may see it."""


def guard(blueprint: Blueprint, permission: str) -> None:
    """Let only people with `permission` into the pages of `blueprint`.

    Raises:
        KeyError: no such permission.
    """
    PERMISSIONS[permission]
    _blueprints[blueprint.name] = permission


def open_to_everyone(blueprint: Blueprint) -> None:
    """Let anybody into the pages of `blueprint`, signed in or not."""
    _blueprints[blueprint.name] = None


def open_to_signed(blueprint: Blueprint) -> None:
    """Let requests that a provider signed into `blueprint`, and nobody else: app.security.twilio_guard sees to it."""
    _blueprints[blueprint.name] = SIGNED


def is_signed(endpoint: str) -> bool:
    """True when `endpoint` asks for a provider's signature."""
    return _blueprints.get(endpoint.rpartition(".")[0]) == SIGNED


def needs(permission: str) -> Callable[[View], View]:
    """A decorator: this view asks for `permission` instead of what its blueprint asks for.

    Raises:
        KeyError: no such permission.
    """
    PERMISSIONS[permission]

    def mark(view: View) -> View:
        view.needs = permission  # type: ignore[attr-defined]
        return view

    return mark


def everyone(view: View) -> View:
    """A decorator: this view is open to anybody, whatever its blueprint asks for."""
    view.needs = None  # type: ignore[attr-defined]
    return view


def permission_of(app: Flask, endpoint: str) -> str | None:
    """The permission that `endpoint` asks for; None when it is open to everyone.

    Raises:
        Unguarded: nobody has decided.
    """
    view = app.view_functions[endpoint]
    if hasattr(view, "needs"):
        needed: str | None = view.needs
        return needed
    blueprint = endpoint.rpartition(".")[0]
    if blueprint in _blueprints:
        return _blueprints[blueprint]
    if endpoint == "static":
        return None
    raise Unguarded(f"{endpoint}: guard() or open_to_everyone() its blueprint")


def init_guard(app: Flask) -> None:
    """Know the person before each request; templates may ask `may("permission")` and `current_user()`."""
    app.before_request(_recognise)
    app.jinja_env.globals.update(may=may, current_user=lambda: getattr(g, "user", None))


def init_access(app: Flask) -> None:
    """Check access before each request. Comes after the limits and before the CSRF check."""
    app.before_request(_check_access)


def cookie_name() -> str:
    """Name of the session cookie; the prefix makes browsers refuse one that was set over plain HTTP."""
    return "__Host-hearback" if current_app.config["SETTINGS"].production else "hearback"


def current_user() -> SignedIn:
    """The person signed in.

    Raises:
        Unauthenticated: nobody is.
    """
    user: SignedIn | None = getattr(g, "user", None)
    if user is None:
        raise Unauthenticated(_("You have been signed out. Please sign in again; nothing you typed is lost."))
    return user


def may(permission: str) -> bool:
    """True when the person signed in has `permission` here.

    Raises:
        KeyError: no such permission.
    """
    roles = PERMISSIONS[permission]
    user: SignedIn | None = getattr(g, "user", None)
    return user is not None and user.role in roles and not _absent(permission)


def demand(permission: str) -> SignedIn:
    """The person signed in, who has `permission`: for sockets and for checks inside a view.

    Raises:
        Unauthenticated: nobody is signed in.
        Forbidden: the person's role does not include it.
        NotFound: it exists only in the demo.
    """
    user = current_user()
    if _absent(permission):
        raise NotFound()
    if not allows(user.role, permission):
        raise Forbidden(_("Your role does not include this."))
    return user


def actor() -> Actor:
    """The person signed in, for the event log."""
    return person(current_user().id)


def socket_user() -> SignedIn:
    """The person behind this socket event, looked up anew each time: a session that ended is refused at once.

    Counts as activity, so somebody on a long call is not signed out for not loading a page.

    Raises:
        Unauthenticated: the session has ended.
        Forbidden: the person has yet to choose a password of their own.
    """
    g.user = _find()
    user = current_user()
    if user.must_change_password:
        raise Forbidden(_("Please choose a password of your own first."), code="choose_password")
    _seen(user)
    return user


def wants_json() -> bool:
    """True when a script is asking rather than a person's browser."""
    return (
        request.is_json
        or request.headers.get("X-Requested-With") == "XMLHttpRequest"
        or "HX-Request" in request.headers
        or request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    )


def _absent(permission: str) -> bool:
    return permission in DEMO_ONLY and not current_app.config["SETTINGS"].demo


def _find() -> SignedIn | None:
    token = request.cookies.get(cookie_name())
    if not token:
        return None
    with reading() as session:
        return sessions.find(session, token, at=now(), demo=current_app.config["SETTINGS"].demo)


def _seen(user: SignedIn) -> None:
    at = now()
    if at - user.last_seen_at >= sessions.SEEN_EVERY:
        with transaction() as session:
            sessions.mark_seen(session, user.session_hash, at=at)


def _recognise() -> None:
    if request.endpoint in WITHOUT_PERSON or (request.endpoint and is_signed(request.endpoint)):
        return
    g.user = _find()
    if g.user is not None:
        _seen(g.user)


def _check_access() -> Response | None:
    if request.endpoint is None:
        return None  # no such address: the error page follows
    needed = permission_of(current_app, request.endpoint)
    if needed is None or needed == SIGNED:
        return None
    user = demand(needed)
    if user.must_change_password and request.endpoint not in BEFORE_OWN_PASSWORD:
        if wants_json():
            raise Forbidden(_("Please choose a password of your own first."), code="choose_password")
        return redirect(url_for(CHOOSE_PASSWORD))
    return None
