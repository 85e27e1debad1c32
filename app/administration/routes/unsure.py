"""SMS of which nobody knows whether they arrived, for a person to settle."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.administration.blueprint import blueprint
from app.db import reading
from app.domain.phone_numbers import pretty
from app.errors import Conflict
from app.messages import settling
from app.refusals import localise
from app.security.guard import actor, current_user, needs


@blueprint.get("/unsure-sms")
def unsure_sms() -> str:
    """The list, newest first."""
    with reading() as session:
        return render_template("administration/unsure_sms.html", rows=settling.list_unsure(session), pretty=pretty)


@blueprint.post("/unsure-sms/<int:message_id>")
@needs("messages.settle")
def settle_sms(message_id: int) -> Response:
    """It arrived, it did not, or it is to be sent again."""
    verdict = request.form.get("verdict", "")
    try:
        if verdict == "arrived":
            settling.say_arrived(message_id, actor=actor())
            flash(_("The message counts as sent."), "success")
        elif verdict == "again":
            settling.send_again(message_id, user_id=current_user().id, actor=actor())
            flash(_("The message is on its way once more."), "success")
        elif verdict == "lost":
            settling.say_lost(message_id, actor=actor())
            flash(_("The message counts as not delivered."), "success")
    except Conflict as refused:
        flash(localise(refused).message, "warning")
    return redirect(url_for("administration.unsure_sms"), 303)
