"""Pages of webhooks, for administrators only: addresses may hold a token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.administration import webhook_words
from app.administration.blueprint import Answer, answer_form, blueprint, seen, typed
from app.administration.changes import fingerprint
from app.administration.services import webhooks as services
from app.administration.services.webhooks import Rules
from app.db import reading
from app.errors import Conflict
from app.security.guard import actor, needs
from app.webhooks.models import Webhook
from app.webhooks.signing import secret_of
from config import Settings


@blueprint.get("/webhooks")
@needs("organisation.manage")
def webhooks() -> str:
    """Every webhook, and how it does."""
    with reading() as session:
        rows = services.list_webhooks(session)
        return render_template("administration/webhooks.html", rows=rows, hooks=webhook_words)


@blueprint.get("/webhooks/new")
@needs("organisation.manage")
def new_webhook() -> str:
    """The form of a new webhook."""
    return _form({}, {})


@blueprint.post("/webhooks/new")
@needs("organisation.manage")
def create_webhook() -> Answer:
    """Make a webhook and show its secret, this once."""
    made: list[Webhook] = []

    def save(_confirmed: str) -> None:
        made.append(services.create_webhook(typed(), request.form.getlist("events"), _rules(), actor=actor()))

    answer = answer_form(
        save,
        again=lambda errors, _theirs: _form(_typed(), errors),
        done=lambda _saved: url_for("administration.webhook", webhook_id=made[0].id),
        title=_("New webhook"),
    )
    return _secret_page(made[0]) if made else answer


@blueprint.get("/webhooks/<int:webhook_id>")
@needs("organisation.manage")
def webhook(webhook_id: int) -> str:
    """One webhook, its form and its last deliveries."""
    row = services.get_webhook(webhook_id)
    return _form({**services.values_of(row), "seen": fingerprint(services.values_of(row))}, {}, row=row)


@blueprint.post("/webhooks/<int:webhook_id>")
@needs("organisation.manage")
def save_webhook(webhook_id: int) -> Answer:
    """Save a webhook, or (do=…) turn it on or off, give it a new secret, take it away."""
    row = services.get_webhook(webhook_id)
    do = request.form.get("do", "")
    here = url_for("administration.webhook", webhook_id=webhook_id)
    renewed: list[Webhook] = []

    def save(confirmed: str) -> None:
        if do in ("on", "off"):
            services.turn(webhook_id, on=do == "on", confirmed=confirmed, actor=actor())
        elif do == "delete":
            services.delete_webhook(webhook_id, confirmed=confirmed, actor=actor())
        elif do == "renew":
            renewed.append(services.renew_secret(webhook_id, confirmed=confirmed, actor=actor()))
        else:
            events = request.form.getlist("events")
            services.change_webhook(webhook_id, typed(), events, _rules(), seen=seen(), actor=actor())

    def again(errors: Mapping[str, str], theirs: Mapping[str, Any]) -> str:
        stands = services.values_of(row)
        values = stands if do else _typed()
        token = fingerprint(theirs) if theirs else fingerprint(stands) if do else seen()
        return _form({**values, "seen": token}, errors, row=row, theirs=theirs)

    done = url_for("administration.webhooks") if do == "delete" else here
    answer = answer_form(save, again=again, done=done, title=row.name)
    return _secret_page(renewed[0]) if renewed else answer


@blueprint.get("/webhooks/<int:webhook_id>/deliveries")
@needs("organisation.manage")
def webhook_deliveries(webhook_id: int) -> str:
    """The list of deliveries alone, asked for by the page while something waits."""
    row = services.get_webhook(webhook_id)
    with reading() as session:
        deliveries = services.last_deliveries(session, webhook_id)
    return render_template("administration/_deliveries.html", row=row, deliveries=deliveries, hooks=webhook_words)


@blueprint.post("/webhooks/<int:webhook_id>/test")
@needs("organisation.manage")
def test_webhook(webhook_id: int) -> Response:
    """Send a test."""
    services.send_test(webhook_id, actor=actor())
    flash(_("A test is on its way. Its answer appears in the list below."), "success")
    return redirect(url_for("administration.webhook", webhook_id=webhook_id, _anchor="deliveries"), 303)


@blueprint.post("/webhooks/<int:webhook_id>/deliveries/<int:delivery_id>")
@needs("organisation.manage")
def redeliver(webhook_id: int, delivery_id: int) -> Response:
    """Deliver once more."""
    try:
        services.redeliver(webhook_id, delivery_id, actor=actor())
        flash(_("It is sent again. Its answer appears in the list below."), "success")
    except Conflict:
        flash(_("It is on its way already."), "info")
    return redirect(url_for("administration.webhook", webhook_id=webhook_id, _anchor="deliveries"), 303)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _rules() -> Rules:
    return Rules(https_only=_settings().production, private=_settings().webhooks_private)


def _typed() -> dict[str, Any]:
    return {**typed(), "events": request.form.getlist("events")}


def _secret_page(row: Webhook) -> Answer:
    """The secret, once: the page is not to be kept by anybody."""
    secret = secret_of(row.salt, _settings().secret_key)
    page = render_template("administration/webhook_secret.html", row=row, secret=secret)
    return Response(page, mimetype="text/html", headers={"Cache-Control": "no-store"})


def _form(
    values: Mapping[str, Any],
    errors: Mapping[str, str],
    *,
    row: Webhook | None = None,
    theirs: Mapping[str, Any] | None = None,
) -> str:
    deliveries = []
    if row is not None:
        with reading() as session:
            deliveries = list(services.last_deliveries(session, row.id))
    return render_template(
        "administration/webhook.html",
        values=values,
        errors=errors,
        row=row,
        theirs=theirs or {},
        deliveries=deliveries,
        hooks=webhook_words,
        https_only=_settings().production,
    )
