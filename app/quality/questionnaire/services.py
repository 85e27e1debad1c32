"""A new version of the questions: begun as a copy of what is asked, worked on, published for good or thrown away."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import clock
from app.db import transaction
from app.domain.questionnaire import ADDABLE, CORE, Kind, Questionnaire, read, write
from app.domain.questionnaire_editing import (
    MOST_ITEMS,
    added,
    changes,
    lacking,
    may_move,
    moved,
    put_back,
    removed,
    too_much,
    typed,
)
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import Actor, record_event
from app.quality.questionnaire.models import QualityQuestionnaire

#: Keys of the house's own items: this and a number that no version ever used.
OWN_KEY = "own"

_ONE_BEGINS = text("SELECT pg_advisory_xact_lock(hashtext('questionnaire draft'))")


def begin_draft(*, actor: Actor) -> int:
    """Number of a new draft, a copy of what is asked now.

    Raises:
        Conflict: there is a draft already.
    """
    now = clock.now()
    with transaction() as session:
        session.execute(_ONE_BEGINS)
        known = session.scalars(select(QualityQuestionnaire).order_by(QualityQuestionnaire.version)).all()
        if any(row.state == "draft" for row in known):
            raise Conflict(code="questionnaire_draft_there")
        asked = next(row for row in known if row.state == "published")
        draft = QualityQuestionnaire(
            version=known[-1].version + 1,
            state="draft",
            content=asked.content,
            based_on=asked.version,
            created_at=now,
            created_by=actor.user_id,
        )
        session.add(draft)
        session.flush()
        _tell(session, draft, "drafted", actor=actor, after={"state": "draft", "based_on": asked.version})
        return draft.version


def change(version: int, form: Mapping[str, str], *, revision: int, actor: Actor) -> Questionnaire:
    """Save what was typed into the draft that was seen as `revision`; `form["do"]` is what a button asks for beside.

    That is up, down, remove, add or put_back with what: "up:need", "add:rating". A draft may have gaps; they are told
    when it is published.

    Raises:
        NotFound: no such version.
        Invalid: a text is too long, or the button asks for what can't be; nothing was saved.
        Conflict: it is no draft any more, or somebody saved it meanwhile.
    """
    with transaction() as session:
        row = _draft(session, version, revision)
        before = read(row.version, row.content)
        after = typed(before, form)
        fields = too_much(after)
        if fields:
            raise Invalid(code="questionnaire_form", fields=fields)
        after = _done(session, after, form.get("do", "save"))
        if after != before:
            row.content, row.revision = write(after), row.revision + 1
            found = changes(before, after)
            _tell(
                session,
                row,
                "edited",
                actor=actor,
                after={"items": sorted({*found.core, *found.new, *found.gone, *found.reworded})},
            )
        return after


def _done(session: Session, draft: Questionnaire, order: str) -> Questionnaire:
    verb, _colon, what = order.partition(":")
    steps: dict[str, Callable[[], Questionnaire]] = {
        "save": lambda: draft,
        "preview": lambda: draft,
        "up": lambda: moved(draft, what, -1),
        "down": lambda: moved(draft, what, 1),
        "remove": lambda: removed(draft, what),
        "add": lambda: added(draft, Kind(what), _fresh_key(session)),
        "put_back": lambda: put_back(draft, what, _worded_before(session, what)),
    }
    if verb == "remove" and what in CORE:
        raise Invalid(code="questionnaire_core")
    if verb in ("add", "put_back") and len(draft.items) >= MOST_ITEMS:
        raise Invalid(code="questionnaire_full")
    if verb in ("up", "down") and not may_move(draft, what, -1 if verb == "up" else 1):
        raise Invalid(code="questionnaire_order")
    if verb not in steps or (verb == "add" and what not in {kind.value for kind in ADDABLE}):
        raise Invalid(code="questionnaire_form")
    return steps[verb]()


def _fresh_key(session: Session) -> str:
    """A key that no version has: answers of different questions never mix."""
    contents = session.scalars(select(QualityQuestionnaire.content))
    used = {str(item["key"]) for content in contents for item in content["items"]}
    numbers = (int(key.removeprefix(OWN_KEY)) for key in used if key.startswith(OWN_KEY))
    return f"{OWN_KEY}{max(numbers, default=0) + 1}"


def _worded_before(session: Session, key: str) -> Mapping[str, str]:
    """The newest published wording of the item."""
    rows = session.scalars(
        select(QualityQuestionnaire)
        .where(QualityQuestionnaire.state != "draft")
        .order_by(QualityQuestionnaire.version.desc())
    )
    for row in rows:
        item = read(row.version, row.content).item(key)
        if item is not None:
            return item.texts
    return {}


def publish(version: int, *, revision: int, actor: Actor) -> None:
    """draft -> published: whoever is asked from now on is asked with it; what was asked until now is retired.

    Raises:
        NotFound: no such version.
        Invalid: something is missing, field -> code; or nothing differs from what is asked.
        Conflict: it is no draft any more, or somebody saved it meanwhile.
    """
    now = clock.now()
    with transaction() as session:
        asked = session.scalars(
            select(QualityQuestionnaire).where(QualityQuestionnaire.state == "published").with_for_update()
        ).one()
        row = _draft(session, version, revision)
        draft = read(row.version, row.content)
        fields = lacking(draft)
        if fields:
            raise Invalid(code="questionnaire_lacks", fields=fields)
        found = changes(read(asked.version, asked.content), draft)
        if not found.any:
            raise Invalid(code="questionnaire_same")
        asked.state, asked.retired_at = "retired", now
        session.flush()
        row.state, row.published_at, row.published_by = "published", now, actor.user_id
        session.flush()
        _tell(session, asked, "retired", actor=actor, before={"state": "published"}, after={"state": "retired"})
        _tell(
            session,
            row,
            "published",
            actor=actor,
            before={"state": "draft"},
            after={"state": "published", "instead_of": asked.version, "core": list(found.core), "order": found.order},
        )


def discard(version: int, *, actor: Actor) -> None:
    """Throw the draft away; its number is given again.

    Raises:
        NotFound: no such version.
        Conflict: it is no draft any more.
    """
    with transaction() as session:
        row = _draft(session, version, None)
        _tell(session, row, "discarded", actor=actor, before={"state": "draft"})
        session.delete(row)


def _draft(session: Session, version: int, revision: int | None) -> QualityQuestionnaire:
    row = session.get(QualityQuestionnaire, version, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(code="questionnaire_unknown")
    if row.state != "draft":
        raise Conflict(code="questionnaire_published")
    if revision is not None and row.revision != revision:
        raise Conflict(code="questionnaire_changed")
    return row


def _tell(
    session: Session,
    row: QualityQuestionnaire,
    verb: str,
    *,
    actor: Actor,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    record_event(
        session, f"questionnaire.{verb}", "questionnaire", row.version, actor=actor, before=before, after=after
    )
