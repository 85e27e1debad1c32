"""The questions of the demo: those that came with the program are asked, and somebody works on the next version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.questionnaire import LANGUAGES, Kind, write
from app.domain.questionnaire_editing import added, item_field, part_field, typed
from app.eventlog import CLI, record_event
from app.quality.questionnaire.asked import current
from app.quality.questionnaire.models import QualityQuestionnaire

#: What the draft says in addition, and its own question, in each language.
_RECORDED = {
    "en": " If you agree, this call is recorded, so that we can learn from it.",
    "zh_Hans": "如果您同意，本次通话会被录音，供我们改进服务。",
    "zh_Hant": "如果您同意，本次通話會被錄音，供我們改進服務。",
}
_SAFE = {
    "en": "Did your parcel arrive safe and whole?",
    "zh_Hans": "您的包裹是否安全、完好地送达？",
    "zh_Hant": "您的包裹是否安全、完好地送達？",
}
_OWN = "own1"


def add_draft(session: Session, people: Mapping[str, int], *, moment: datetime) -> None:
    """Version 2, a draft of two days ago. Participant; `people` is short name -> user id."""
    asked = current(session)
    draft = added(asked, Kind.YES_NO, _OWN)
    form = {item_field(_OWN, code): _SAFE[code] for code in LANGUAGES}
    form |= {part_field("opening", code): asked.part("opening", code) + _RECORDED[code] for code in LANGUAGES}
    form |= {f"item-{_OWN}": "1", f"item-{_OWN}-dimension": "safety"}
    session.add(
        QualityQuestionnaire(
            version=asked.version + 1,
            content=write(typed(draft, form)),
            based_on=asked.version,
            created_at=moment - timedelta(days=2),
            created_by=people["hanne"],
        )
    )
    record_event(session, "questionnaire.drafted", "questionnaire", asked.version + 1, actor=CLI)
