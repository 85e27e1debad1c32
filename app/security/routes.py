"""Sign-in, sign-out, one's own account, and the first administrator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import (
    Blueprint,
    current_app,
    flash,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from app.clock import now
from app.db import reading
from app.errors import Invalid, NotFound
from app.i18n.web import COOKIE as LANGUAGE_COOKIE
from app.i18n.web import ONE_YEAR, local_target
from app.security import services, sessions
from app.security.devices import device_name
from app.security.guard import cookie_name, current_user, everyone, may, wants_json
from app.security.limits import limiter
from app.security.notices import TONES, read_notices
from app.security.notices import set_notices as keep_notices
from app.security.passwords import SHORTEST

blueprint = Blueprint("security", __name__)

THEME_COOKIE = "theme"


def _per_account() -> str:
    return f"{request.remote_addr}|{_entries().get('login', '')[:120].strip().lower()}"


@blueprint.get("/")
@everyone
def home() -> Response:
    """The first page that fits the person: desk, customers, or sign-in."""
    if getattr(g, "user", None) is None:
        return redirect(url_for("security.sign_in"))
    for endpoint, permission in (("desk.show", "desk.use"), ("customers.listing", "customers.view")):
        if endpoint in current_app.view_functions and may(permission):
            return redirect(url_for(endpoint))
    return redirect(url_for("security.me"))


@blueprint.get("/sign-in")
@everyone
def sign_in() -> Response | str:
    """The sign-in page. For a script: a fresh form token, and who is signed in by now."""
    user = getattr(g, "user", None)
    if wants_json():
        return jsonify(ok=True, csrf=generate_csrf(), login=user.login if user else None)
    if services.needs_set_up(demo=_demo()):
        return redirect(url_for("security.set_up"))
    if user is not None:
        return redirect(local_target(request.args.get("next")))
    return _sign_in_page()


@blueprint.post("/sign-in")
@everyone
@limiter.limit("90 per minute")
@limiter.limit("12 per minute", key_func=_per_account)
def enter() -> Response | tuple[str, int]:
    """Sign in: a new session in a cookie. JSON gets {ok, csrf}, so that a page can go on where it was."""
    entries = _entries()
    try:
        token = services.sign_in(
            entries.get("login", ""),
            entries.get("password", ""),
            replacing=_token(),
            demo=_demo(),
            **_whence(),
        )
    except Invalid as error:
        if wants_json():
            raise
        return _sign_in_page(login=entries.get("login", ""), message=error.message), error.status
    if wants_json():
        return _let_in(jsonify(ok=True, csrf=_new_form_token()), token)
    _new_form_token()
    return _let_in(redirect(local_target(entries.get("next")), 303), token)


@blueprint.post("/sign-out")
@everyone
def sign_out() -> Response:
    """End this session, if there still is one."""
    user = getattr(g, "user", None)
    if user is not None:
        services.sign_out(user.id, user.session_hash)
    session.clear()
    flash(_("You are signed out."), "success")
    response = redirect(url_for("security.sign_in"), 303)
    response.delete_cookie(cookie_name(), **_cookie())
    return response


@blueprint.get("/me")
def me() -> str:
    """One's own account: language, theme, password, where one is signed in."""
    user = current_user()
    with reading() as reader:
        opened = sessions.live_sessions(reader, user.id, at=now())
    chosen = read_notices(user.notices)
    return render_template(
        "security/me.html", user=user, sessions=opened, device_name=device_name, notices=chosen, tones=TONES
    )


@blueprint.post("/me/preferences")
def set_preferences() -> Response:
    """Keep language and theme, here and on the person's other devices."""
    language, theme = request.form.get("language", ""), request.form.get("theme", "auto")
    services.set_preferences(current_user().id, language=language, theme=theme)
    flash(_("Saved."), "success")
    response = redirect(url_for("security.me"), 303)
    keep: dict[str, Any] = {
        "max_age": ONE_YEAR,
        "samesite": "Lax",
        "httponly": True,
        "secure": request.is_secure,
    }
    response.set_cookie(THEME_COOKIE, theme, **keep)
    if language:
        response.set_cookie(LANGUAGE_COOKIE, language, **keep)
    else:
        response.delete_cookie(LANGUAGE_COOKIE)
    return response


@blueprint.post("/me/notices")
def set_notices() -> Response:
    """Keep how the person wants to be told."""
    keep_notices(current_user().id, request.form)
    flash(_("Saved. Desk and board follow when they are loaded the next time."), "success")
    return redirect(url_for("security.me", _anchor="notices"), 303)


@blueprint.post("/me/sessions/end")
def end_session() -> Response:
    """End one of one's own sessions."""
    services.end_session(current_user().id, request.form.get("session", ""))
    flash(_("That session has ended."), "success")
    return redirect(url_for("security.me"), 303)


@blueprint.get("/me/password")
def password() -> str:
    """The page to choose a new password."""
    return _password_page({})


@blueprint.post("/me/password")
@limiter.limit("20 per minute")
def change_password() -> Response | tuple[str, int]:
    """Give oneself a new password; all other sessions end."""
    user, form = current_user(), request.form
    try:
        services.change_password(
            user.id,
            user.session_hash,
            current=form.get("current", ""),
            new=form.get("new", ""),
            again=form.get("again", ""),
        )
    except Invalid as error:
        return _password_page(error.fields), error.status
    flash(_("Your password is changed. Your other sessions have ended."), "success")
    return redirect(url_for("security.home" if user.must_change_password else "security.me"), 303)


@blueprint.get("/setup")
@everyone
@limiter.limit("60 per minute")
def set_up() -> str:
    """The page to make the first administrator; gone once there is somebody."""
    if not services.needs_set_up(demo=_demo()):
        raise NotFound()
    return render_template("security/set_up.html", errors={}, entries={}, shortest=SHORTEST)


@blueprint.post("/setup")
@everyone
@limiter.limit("20 per minute")
def make_first_administrator() -> Response | tuple[str, int]:
    """Make the first administrator and sign them in."""
    if not services.needs_set_up(demo=_demo()):
        raise NotFound()
    form = request.form
    try:
        token = services.set_up(
            login=form.get("login", ""),
            display_name=form.get("display_name", ""),
            password=form.get("password", ""),
            again=form.get("again", ""),
            demo=_demo(),
            **_whence(),
        )
    except Invalid as error:
        page = render_template("security/set_up.html", errors=error.fields, entries=form, shortest=SHORTEST)
        return page, error.status
    _new_form_token()
    flash(_("Welcome. You can now add the people of your team."), "success")
    return _let_in(redirect(url_for("people.listing"), 303), token)


@blueprint.before_app_request
def remember_choice() -> None:
    """What somebody signed in chooses in the language or theme menu holds on their other devices too."""
    user = getattr(g, "user", None)
    if user is None or request.method != "POST":
        return
    language, theme = request.form.get("language"), request.form.get("theme")
    if request.endpoint == "i18n.choose" and language in services.LANGUAGES:
        services.set_preferences(user.id, language=language)
    elif request.endpoint == "shell.set_theme" and theme in services.THEMES:
        services.set_preferences(user.id, theme=theme)


def _sign_in_page(*, login: str = "", message: str = "") -> str:
    logins = services.demo_logins() if _demo() else []
    goal = request.values.get("next", "")
    return render_template("security/sign_in.html", login=login, message=message, demo_logins=logins, next=goal)


def _password_page(errors: dict[str, str]) -> str:
    return render_template("security/password.html", errors=errors, user=current_user(), shortest=SHORTEST)


def _entries() -> dict[str, str]:
    """What was typed, from a form or from JSON; anything but text counts as nothing."""
    found = request.get_json(silent=True) if request.is_json else request.form
    if not isinstance(found, Mapping):
        return {}
    return {key: value for key, value in found.items() if isinstance(value, str)}


def _demo() -> bool:
    return bool(current_app.config["SETTINGS"].demo)


def _token() -> str:
    return request.cookies.get(cookie_name(), "")


def _whence() -> dict[str, str]:
    return {"address": request.remote_addr or "", "browser": request.user_agent.string}


def _cookie() -> dict[str, Any]:
    return {
        "path": "/",
        "httponly": True,
        "samesite": "Lax",
        "secure": current_app.config["SETTINGS"].production,
    }


def _let_in(response: Response, token: str) -> Response:
    response.set_cookie(cookie_name(), token, max_age=int(sessions.LONGEST.total_seconds()), **_cookie())
    return response


def _new_form_token() -> str:
    """A form token that nobody knew before the sign-in."""
    session.clear()
    g.pop("csrf_token", None)
    return str(generate_csrf())
