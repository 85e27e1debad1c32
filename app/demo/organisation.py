"""The invented carrier "Swift Harbour Express": queues, topics, codes and texts in three languages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.agents.models import BreakCode, Skill, Team
from app.demo.opening import add_opening_hours
from app.demo.sms_texts import TEMPLATES
from app.messages.models import SmsTemplate
from app.queues.models import Disposition, Queue, QueueSkill, Topic


def _names(en: str, zh_hans: str, zh_hant: str) -> dict[str, str]:
    return {"en": en, "zh_Hans": zh_hans, "zh_Hant": zh_hant}


#: Code -> names and the rules that differ from the defaults of a queue. Times are seconds.
QUEUES: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "where_is_my_parcel": (
        _names("Where is my parcel", "查询包裹", "查詢包裹"),
        {"language_relax_s": 90},
    ),
    "complaints": (
        # Somebody who complains has waited already: five points are a head start of five minutes.
        _names("Complaints", "投诉", "投訴"),
        {
            "recording": "on",
            "priority": 5,
            "strategy": "best_skill",
            "acw_s": 60,
            "acw_extension_s": 120,
            "target_s": 30,
        },
    ),
    "pickup_orders": (
        _names("Pick-up and orders", "上门取件与下单", "上門取件與下單"),
        {"recording": "on_request", "strategy": "fewest_contacts_today", "language_relax_s": 120},
    ),
    "chinese_hotline": (
        _names("Chinese hotline", "中文热线", "中文熱線"),
        {"target_s": 30},
    ),
    "quality_calls": (
        # Customers are called from here, nobody calls in. Answers take their time to be written down.
        _names("Quality calls", "服务质量回访", "服務品質回訪"),
        {"public": False, "quality_calls": True, "acw_s": 120, "acw_extension_s": 120},
    ),
}

#: Queue code -> [(topic code, names)], as customers read them on the call page.
TOPICS: dict[str, list[tuple[str, dict[str, str]]]] = {
    "where_is_my_parcel": [
        ("track_parcel", _names("Where is my parcel?", "我的包裹在哪里？", "我的包裹在哪裡？")),
        ("not_received", _names("Marked delivered, but not here", "显示已送达但没收到", "顯示已送達但沒收到")),
        ("change_delivery", _names("Change the delivery", "更改派送时间或地址", "更改派送時間或地址")),
    ],
    "complaints": [
        ("damaged_parcel", _names("My parcel is damaged", "包裹破损", "包裹破損")),
        ("late_parcel", _names("My parcel is late", "包裹延误", "包裹延誤")),
        ("service_complaint", _names("Complain about our service", "投诉我们的服务", "投訴我們的服務")),
    ],
    "pickup_orders": [
        ("book_pickup", _names("Book a pick-up", "预约上门取件", "預約上門取件")),
        ("prices_and_times", _names("Prices and delivery times", "价格与时效", "價格與時效")),
        ("customs_papers", _names("Customs and papers", "清关与单证", "清關與單證")),
    ],
    "chinese_hotline": [
        ("chinese_parcel", _names("Parcel service in Chinese", "中文包裹查询", "中文包裹查詢")),
        ("chinese_pickup", _names("Pick-up service in Chinese", "中文寄件服务", "中文寄件服務")),
        ("chinese_other", _names("Anything else in Chinese", "其他中文服务", "其他中文服務")),
    ],
}

#: (code, names, queue code or empty for all).
DISPOSITIONS: list[tuple[str, dict[str, str], str]] = [
    ("resolved", _names("Resolved", "已解决", "已解決"), ""),
    ("information_given", _names("Information given", "已告知信息", "已告知資訊"), ""),
    ("callback_promised", _names("Call-back promised", "承诺回电", "承諾回電"), ""),
    ("passed_on", _names("Passed on to a colleague", "已转交同事", "已轉交同事"), ""),
    ("trace_started", _names("Parcel trace started", "已发起包裹追查", "已發起包裹追查"), "where_is_my_parcel"),
    ("complaint_opened", _names("Complaint opened", "已登记投诉", "已登記投訴"), ""),
    ("compensation_offered", _names("Compensation offered", "已提出赔偿", "已提出賠償"), "complaints"),
    ("pickup_booked", _names("Pick-up booked", "已预约取件", "已預約取件"), ""),
    ("order_changed", _names("Order changed", "已更改订单", "已更改訂單"), ""),
    ("no_reply", _names("Nobody spoke", "无人应答", "無人應答"), ""),
    ("wrong_number", _names("Wrong number", "打错电话", "打錯電話"), ""),
]

BREAK_CODES: list[tuple[str, dict[str, str]]] = [
    ("lunch", _names("Lunch", "午餐", "午餐")),
    ("short_break", _names("Short break", "小休", "小休")),
    ("meeting", _names("Meeting", "会议", "會議")),
    ("other", _names("Other", "其他", "其他")),
]

#: (code, kind, names). Languages carry the codes that customers choose on the call page.
SKILLS: list[tuple[str, str, dict[str, str]]] = [
    ("en", "language", _names("English", "英语", "英語")),
    ("zh_Hans", "language", _names("Chinese, simplified", "中文（简体）", "中文（簡體）")),
    ("zh_Hant", "language", _names("Chinese, traditional", "中文（繁体）", "中文（繁體）")),
    ("complaint_handling", "skill", _names("Complaint handling", "投诉处理", "投訴處理")),
    ("customs", "skill", _names("Customs", "清关", "清關")),
    ("key_accounts", "skill", _names("Key accounts", "大客户", "大客戶")),
]

#: (queue, skill, level, after so many seconds of waiting, the level then).
DEMANDS: list[tuple[str, str, int, int, int]] = [
    ("complaints", "complaint_handling", 3, 60, 1),
]

TEAMS = ("Harbour", "Lantern", "Compass")


@dataclass(frozen=True, slots=True)
class Organisation:
    """Code -> id of everything that people, customers and history refer to."""

    queues: dict[str, int] = field(default_factory=dict)
    topics: dict[str, int] = field(default_factory=dict)
    #: Topic code -> code of its queue.
    queue_of_topic: dict[str, str] = field(default_factory=dict)
    dispositions: dict[str, int] = field(default_factory=dict)
    skills: dict[str, int] = field(default_factory=dict)
    teams: dict[str, int] = field(default_factory=dict)
    #: (template code, language) -> id.
    templates: dict[tuple[str, str], int] = field(default_factory=dict)


def add_organisation(session: Session, today: date) -> Organisation:
    """Everything of the carrier but its people, written."""
    queues = [
        Queue(code=code, names=names, position=position, **rules)
        for position, (code, (names, rules)) in enumerate(QUEUES.items())
    ]
    skills = [Skill(code=code, kind=kind, names=names) for code, kind, names in SKILLS]
    teams = [Team(name=name) for name in TEAMS]
    breaks = [BreakCode(code=code, names=names, position=place) for place, (code, names) in enumerate(BREAK_CODES)]
    templates = [
        SmsTemplate(code=code, language=language, name=name, body=body) for code, language, name, body in TEMPLATES
    ]
    session.add_all([*queues, *skills, *teams, *breaks, *templates])
    session.flush()
    add_opening_hours(session, {queue.code: queue for queue in queues}, today)
    ids, skill_ids = _by_code(queues), _by_code(skills)
    topics = [
        Topic(code=code, names=names, queue_id=ids[queue], position=position)
        for queue, rows in TOPICS.items()
        for position, (code, names) in enumerate(rows)
    ]
    dispositions = [
        Disposition(code=code, names=names, queue_id=ids.get(queue), position=position)
        for position, (code, names, queue) in enumerate(DISPOSITIONS)
    ]
    demands = [
        QueueSkill(
            queue_id=ids[queue], skill_id=skill_ids[skill], min_level=level, relax_after_s=after, relaxed_level=relaxed
        )
        for queue, skill, level, after, relaxed in DEMANDS
    ]
    session.add_all([*topics, *dispositions, *demands])
    session.flush()
    return Organisation(
        queues=ids,
        topics=_by_code(topics),
        queue_of_topic={code: queue for queue, rows in TOPICS.items() for code, _names in rows},
        dispositions=_by_code(dispositions),
        skills=skill_ids,
        teams={team.name: team.id for team in teams},
        templates={(template.code, template.language): template.id for template in templates},
    )


def _by_code(rows: Iterable[Any]) -> dict[str, int]:
    return {row.code: row.id for row in rows}
