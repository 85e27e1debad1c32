"""The application factory. Nobody imports from here but wsgi.py, the commands and the tests."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from app import (
    assets,
    cli,
    db,
    effects,  # noqa: F401  (siblings get to know each other)
    embedded,
    failures,
    health,
    i18n,
    models,  # noqa: F401  (every table is known before the first query)
    shell,
    sockets,
)
from app.administration.routes import blueprint as administration_bp
from app.board.figures import configure as configure_day
from app.board.routes import board_bp
from app.board.wall_routes import wall_bp, walls_bp
from app.calls.carrier import configure as configure_carrier
from app.calls.recording_routes import desk_recordings_bp
from app.calls.routes import desk_bp
from app.customers.routes import customers as customers_bp
from app.customers.routes import desk_customers as desk_customers_bp
from app.draws.routes import draws_bp
from app.front import FormSessions, Front
from app.i18n.web import blueprint as i18n_bp
from app.messages.hours import configure as configure_hours
from app.messages.prices import init_prices
from app.messages.routes import blueprint as messages_bp
from app.messages.twilio_routes import blueprint as twilio_sms_bp
from app.phones.desk_routes import desk_telephone_bp
from app.phones.routes import music_bp, phones_bp
from app.portal.answer_routes import answers_bp
from app.portal.callback_routes import callback_bp
from app.portal.routes import portal_bp
from app.portal.ticket_routes import ticket_form_bp
from app.quality.appeals.routes import appeals_bp
from app.quality.coaching.routes import coaching_bp
from app.quality.learning.routes import learning_bp
from app.quality.links.routes import links_bp
from app.quality.mine_routes import mine_bp
from app.quality.needs.routes import needs_bp
from app.quality.questionnaire.routes import questionnaire_bp
from app.quality.rewards.routes import rules_bp
from app.quality.routes import quality, quality_desk
from app.quality.score_routes import scores_bp
from app.quality.texts import configure as configure_quality
from app.recordings.routes import blueprint as recordings_bp
from app.security.guard import guard, init_access, init_guard, open_to_everyone
from app.security.headers import init_headers
from app.security.limits import limiter
from app.security.people_routes import blueprint as people_bp
from app.security.routes import blueprint as security_bp
from app.security.twilio_guard import signed_by_twilio
from app.sockets import board, caller, desk, handset, listening, tickets  # noqa: F401  (their events register themselves)
from app.tickets.links import configure as configure_ticket_links
from app.tickets.routes import tickets as tickets_bp
from app.training.listen_routes import listen_bp
from app.training.routes import road_bp, training_bp
from app.voicemail.routes import blueprint as voicemail_bp
from config import Settings, load_settings

#: Largest request body: an import of some ten thousand customers.
LARGEST_BODY = 16 * 1024 * 1024


def create_app(settings: Settings | None = None) -> Flask:
    """A ready application: extensions, blueprints each beside its guard, sockets, commands.

    Raises:
        config.SettingsError: the environment is not usable; the message says what to set.
    """
    settings = settings or load_settings()
    app = Front(__name__, static_folder="../static")
    _configure(app, settings)
    app.session_interface = FormSessions(app)
    url = embedded.database_url(settings.database_url)
    db.connect(url)
    configure_day(settings.time_zone)
    configure_hours(settings)
    configure_carrier(settings)
    configure_quality(settings.public_url or settings.local_url, by_phone=settings.voice_provider != "browser")
    configure_ticket_links(settings.public_url or settings.local_url, settings.secret_key)

    health.init_health(app)
    # The order is that of a request: who it is, how often, whether they may, form. Webhooks pass none: app/front.py.
    init_guard(app)
    limiter.init_app(app)
    init_access(app)
    CSRFProtect(app)
    init_headers(app)
    failures.init_failures(app)
    i18n.init_i18n(app)
    assets.init_assets(app)
    shell.init_shell(app)
    init_prices(app)
    open_to_everyone(i18n_bp)
    open_to_everyone(shell.blueprint)
    guard(security_bp, "profile.own")
    app.register_blueprint(security_bp)
    guard(administration_bp, "organisation.view")
    app.register_blueprint(administration_bp)
    guard(people_bp, "people.manage")
    app.register_blueprint(people_bp)
    guard(desk_bp, "desk.use")
    app.register_blueprint(desk_bp)
    guard(desk_telephone_bp, "call.handle")
    app.register_blueprint(desk_telephone_bp)
    guard(desk_recordings_bp, "call.handle")
    app.register_blueprint(desk_recordings_bp)
    guard(recordings_bp, "recordings.listen")
    app.register_blueprint(recordings_bp)
    guard(customers_bp, "customers.view")
    app.register_blueprint(customers_bp)
    guard(desk_customers_bp, "desk.use")
    app.register_blueprint(desk_customers_bp)
    guard(messages_bp, "phone.use")
    app.register_blueprint(messages_bp)
    signed_by_twilio(app, twilio_sms_bp)
    app.register_blueprint(twilio_sms_bp)
    guard(board_bp, "board.view")
    app.register_blueprint(board_bp)
    guard(walls_bp, "board.control")
    app.register_blueprint(walls_bp)
    open_to_everyone(wall_bp)
    app.register_blueprint(wall_bp)
    open_to_everyone(portal_bp)
    app.register_blueprint(portal_bp)
    open_to_everyone(callback_bp)
    app.register_blueprint(callback_bp)
    signed_by_twilio(app, phones_bp)
    app.register_blueprint(phones_bp)
    open_to_everyone(music_bp)
    app.register_blueprint(music_bp)
    open_to_everyone(voicemail_bp)
    app.register_blueprint(voicemail_bp)
    guard(tickets_bp, "tickets.view")
    app.register_blueprint(tickets_bp)
    guard(scores_bp, "scores.view")
    app.register_blueprint(scores_bp)
    guard(draws_bp, "draws.view")
    app.register_blueprint(draws_bp)
    guard(needs_bp, "needs.view")
    app.register_blueprint(needs_bp)
    guard(questionnaire_bp, "questionnaire.view")
    app.register_blueprint(questionnaire_bp)
    guard(coaching_bp, "coaching.manage")
    app.register_blueprint(coaching_bp)
    guard(mine_bp, "coaching.own")
    app.register_blueprint(mine_bp)
    guard(appeals_bp, "appeals.decide")
    app.register_blueprint(appeals_bp)
    guard(learning_bp, "learning.view")
    app.register_blueprint(learning_bp)
    guard(links_bp, "organisation.manage")
    app.register_blueprint(links_bp)
    guard(rules_bp, "profile.own")
    app.register_blueprint(rules_bp)
    guard(training_bp, "training.view")
    app.register_blueprint(training_bp)
    guard(road_bp, "training.own")
    guard(listen_bp, "call.shadow")
    app.register_blueprint(listen_bp)
    app.register_blueprint(road_bp)
    guard(quality, "quality.view")
    app.register_blueprint(quality)
    guard(quality_desk, "desk.use")
    app.register_blueprint(quality_desk)
    open_to_everyone(answers_bp)
    app.register_blueprint(answers_bp)
    open_to_everyone(ticket_form_bp)
    app.register_blueprint(ticket_form_bp)
    sockets.init_sockets(app, settings, url)
    open_to_everyone(health.blueprint)
    app.register_blueprint(health.blueprint)
    cli.init_commands(app)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        TESTING=settings.testing,
        DEMO=settings.demo,
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        # The signed cookie carries the form token and flashes; who is signed in is our own cookie's business.
        SESSION_COOKIE_NAME="__Host-hearback-form" if settings.production else "hearback-form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.production,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        # A desk stays open for a whole shift: its form token lives as long as the cookie it is bound to.
        WTF_CSRF_TIME_LIMIT=None,
        RATELIMIT_ENABLED=not settings.testing,
        RATELIMIT_STORAGE_URI="memory://",
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
