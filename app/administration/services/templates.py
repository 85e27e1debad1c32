"""Texts that agents send by SMS: one template has a text per language, and each text its price in parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.administration.changes import Consequence, demand_consent, demand_unchanged, differences
from app.administration.entries import Refusals, clean, code_entry, line_entry
from app.db import transaction
from app.domain import sms_text
from app.errors import Invalid, NotFound
from app.eventlog import Actor, record_event
from app.i18n import LANGUAGES
from app.messages.models import SmsTemplate

#: What wrap-up fills in: the customer's name, the agent's public name, the customer's reference.
PLACEHOLDERS = {"name": "Chen Siyu 陈思雨", "agent": "Ana", "reference": "C-100001"}
#: Codes that addresses of these pages use.
RESERVED = frozenset({"new", "measure"})
LONGEST_CODE, LONGEST_NAME, LONGEST_BODY = 40, 80, 1000


@dataclass(frozen=True, slots=True)
class Measured:
    """What a text costs with its placeholders filled in by an example."""

    size: sms_text.Size
    #: The text as a customer reads it.
    example: str
    #: Why it can't be sent as it is; empty when it can.
    problem: str
    #: Characters that make the whole message dearer.
    dear: tuple[str, ...]


def measure_body(body: str) -> Measured:
    """Encoding, parts and example of a template's text."""
    problem = body_problem(body)
    try:
        example = sms_text.render(body, PLACEHOLDERS)
    except sms_text.TemplateError:
        example = body
    # The example's name carries Chinese, as customers' names do: the price is that of the text alone.
    plain = body
    for name in PLACEHOLDERS:
        plain = plain.replace("{" + name + "}", "x" * len(PLACEHOLDERS[name]))
    return Measured(sms_text.measure(plain), example, problem, sms_text.outside_gsm7(plain))


def body_problem(body: str) -> str:
    """Why `body` can't be a template; empty when it can."""
    if len(body) > LONGEST_BODY:
        return str(_("This is too long: %(limit)s characters fit.", limit=LONGEST_BODY))
    try:
        unknown = [name for name in sms_text.placeholders(body) if name not in PLACEHOLDERS]
    except sms_text.TemplateError:
        return str(_("A brace { or } stands alone. Placeholders look like {name}."))
    if unknown:
        text = _(
            "Nothing fills in %(unknown)s. There are: %(known)s.",
            unknown=", ".join("{" + name + "}" for name in unknown),
            known=", ".join("{" + name + "}" for name in PLACEHOLDERS),
        )
        return str(text)
    return ""


def list_templates(session: Session) -> dict[str, dict[str, SmsTemplate]]:
    """Code -> language -> text."""
    found: dict[str, dict[str, SmsTemplate]] = {}
    for row in session.scalars(select(SmsTemplate).order_by(SmsTemplate.code, SmsTemplate.language)):
        found.setdefault(row.code, {})[row.language] = row
    return found


def template_values(rows: Sequence[SmsTemplate]) -> dict[str, Any]:
    """What the form of a template shows."""
    active = any(row.active for row in rows)
    values: dict[str, Any] = {"active": active}
    for row in (row for row in rows if row.active or not active):  # a language taken out keeps its row for history
        values |= {f"name_{row.language}": row.name, f"body_{row.language}": row.body}
    return values


def texts_of(session: Session, code: str, *, lock: bool = False) -> list[SmsTemplate]:
    """The texts of one template.

    Raises:
        NotFound: there is no such template.
    """
    query = select(SmsTemplate).where(SmsTemplate.code == code).order_by(SmsTemplate.id)
    rows = list(session.scalars(query.with_for_update() if lock else query))
    if not rows:
        raise NotFound()
    return rows


def _texts(raw: Mapping[str, str], refusals: Refusals) -> dict[str, tuple[str, str]]:
    texts: dict[str, tuple[str, str]] = {}
    for language in LANGUAGES:
        body = clean(raw.get(f"body_{language}"), long=True)
        name = line_entry(
            raw, f"name_{language}", refusals, limit=LONGEST_NAME, required=bool(body) or language == "en"
        )
        if not body and (language == "en" or name):
            refusals.add(f"body_{language}", _("Please write the text."))
        elif problem := body_problem(body):
            refusals.add(f"body_{language}", problem)
        if body:
            texts[language] = (name, body)
    return texts


def create_template(raw: Mapping[str, str], *, actor: Actor) -> str:
    """Code of a new template; English is needed, a customer of another language gets it where theirs is empty.

    Raises:
        Invalid: a field is refused, or the code is taken.
    """
    refusals = Refusals()
    texts = _texts(raw, refusals)
    code = code_entry(raw, refusals, limit=LONGEST_CODE, made_of=raw.get("name_en", ""))
    if code in RESERVED:
        refusals.add("code", _("This code is taken already."))
    refusals.raise_any()
    try:
        with transaction() as session:
            if session.scalar(select(SmsTemplate.id).where(SmsTemplate.code == code).limit(1)) is not None:
                raise Invalid(fields={"code": _("This code is taken already.")})
            rows = [
                SmsTemplate(code=code, language=language, name=name, body=body)
                for language, (name, body) in texts.items()
            ]
            session.add_all(rows)
            session.flush()
            after = {"code": code, **template_values(rows)}
            record_event(session, "sms_template.created", "sms_template", rows[0].id, actor=actor, after=after)
    except IntegrityError as error:
        raise Invalid(fields={"code": _("This code is taken already.")}) from error
    return code


def change_template(code: str, raw: Mapping[str, str], *, seen: str | None, confirmed: str = "", actor: Actor) -> None:
    """Save the texts of a template; messages that left already keep theirs.

    Raises:
        NotFound: there is no such template.
        Invalid: a field is refused.
        EditConflict: somebody else saved since the form was opened.
        ConfirmFirst: a text gets dearer, a language falls away, or the template goes out of use.
    """
    refusals = Refusals()
    texts = _texts(raw, refusals)
    refusals.raise_any()
    with transaction() as session:
        rows = texts_of(session, code, lock=True)
        before = template_values(rows)
        demand_unchanged(before, seen)
        active = raw.get("active") == "1"
        demand_consent(_consequences(rows, texts, active), confirmed)
        known = {row.language: row for row in rows}
        for language, (name, body) in texts.items():
            row = known.get(language) or SmsTemplate(code=code, language=language, name=name, body=body)
            row.name, row.body, row.active = name, body, active
            session.add(row)
        for language in set(known) - set(texts):
            known[language].active = False  # messages refer to it
        session.flush()
        after = template_values(texts_of(session, code))
        old, new = differences({**dict.fromkeys(after), **before}, {**dict.fromkeys(before), **after})
        if new or set(known) - set(texts):
            record_event(
                session,
                "sms_template.changed",
                "sms_template",
                rows[0].id,
                actor=actor,
                before={"code": code, **old},
                after={"code": code, **new},
            )


def _consequences(rows: Sequence[SmsTemplate], texts: Mapping[str, tuple[str, str]], active: bool) -> list[Consequence]:
    found = []
    for row in rows:
        name = LANGUAGES[row.language][1]
        if row.active and active and row.language not in texts:
            text = _("Customers who read %(language)s get the English text.", language=name)
            found.append(Consequence(f"falls_back_{row.language}", text, "warn"))
        if row.language not in texts:
            continue
        parts, old = measure_body(texts[row.language][1]).size.segments, measure_body(row.body).size.segments
        if parts > old:
            text = _(
                "The text in %(language)s grows from %(old)s to %(new)s parts: each SMS costs that many.",
                language=name,
                old=old,
                new=parts,
            )
            found.append(Consequence(f"dearer_{row.language}", text, "warn"))
    if not active and any(row.active for row in rows):
        text = _("Agents can no longer choose it. Messages on their way still leave.")
        found.append(Consequence("out_of_use", text, "warn"))
    return found
