"""Customers written by hand, each to show one thing the profile can do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Portrait:
    """One demo customer before anything is written. Numbers are E.164, from ranges that belong to nobody."""

    name: str
    language: str
    city: str
    country: str
    time_zone: str
    phones: tuple[tuple[str, str], ...] = ()
    kind: str = "person"
    company: str = ""
    tier: str = "standard"
    email: str = ""
    address: str = ""
    special_requirements: str = ""
    #: Short name of the preferred agent.
    preferred: str = ""
    #: Years since the profile was made.
    years: float = 1.0
    pinned_note: str = ""
    note_by: str = "marcus"
    #: (description, status, origin, destination, days until due; below zero: since).
    parcels: tuple[tuple[str, str, str, str, float], ...] = ()
    #: Purpose -> "given" or "withdrawn".
    consents: dict[str, str] = field(default_factory=dict)
    opted_out: bool = False
    #: How often this customer calls, against others.
    weight: float = 1.0


_UK: dict[str, Any] = {"country": "GB", "time_zone": "Europe/London", "language": "en"}
_US: dict[str, Any] = {"country": "US", "time_zone": "America/New_York", "language": "en"}
_CN: dict[str, Any] = {"country": "CN", "time_zone": "Asia/Shanghai", "language": "zh_Hans"}
_TW: dict[str, Any] = {"country": "TW", "time_zone": "Asia/Taipei", "language": "zh_Hant"}
_HK: dict[str, Any] = {"country": "HK", "time_zone": "Asia/Hong_Kong", "language": "zh_Hant"}

#: The switchboard of Brightwell Lighting, and the line of the Ferreira household: one number, several people.
SWITCHBOARD = "+442079460100"
FAMILY_LINE = "+442079460142"

SHOWCASE: tuple[Portrait, ...] = (
    Portrait(
        "Amelia Hart", **_UK, city="Leeds", tier="gold", years=7.2, weight=2, email="amelia.hart@example.com",
        address="14 Canal Wharf", phones=(("+447700900318", "mobile"),),
        special_requirements="Hard of hearing: ring the bell twice and speak slowly.",
        pinned_note="Prefers a call after 13:00. Ring the bell twice, hard of hearing.",
        parcels=(
            ("Desk lamp, oak", "not_received", "Rotterdam", "Leeds", -2),
            ("Bulb set (4)", "delivered", "Rotterdam", "Leeds", -21),
        ),
        consents={"recording": "given", "sms": "given", "survey": "given"},
    ),
    Portrait(
        "Hannah Okafor", **_UK, city="Bristol", years=2.1, weight=1.5, email="hannah.okafor@example.com",
        phones=(("+447700900142", "mobile"), ("+441174960142", "home")),
        parcels=(("Violin strings", "out_for_delivery", "Milan", "Bristol", 0.3),),
        consents={"recording": "given", "sms": "given"},
    ),
    Portrait(
        "Tomás Rivera", **_UK, city="London", years=1.4, weight=1.5, phones=(("+447700900018", "mobile"),),
        email="tomas.rivera@example.com",
        parcels=(("Running shoes", "damaged", "Porto", "London", -1),),
        consents={"recording": "withdrawn", "sms": "given"},
    ),
    Portrait(
        "Brightwell Lighting Ltd", **_UK, city="London", kind="organisation", tier="silver", years=5,
        phones=((SWITCHBOARD, "work"),), email="post@brightwell.example", address="2 Tanner Yard",
        special_requirements="Pick-ups at the back gate only, 08:00 to 16:00.",
        parcels=(("12 cartons, lamps", "in_transit", "London", "Dublin", 1),),
    ),
    Portrait(
        "Daniel Osei", **_UK, city="London", company="Brightwell Lighting Ltd", tier="silver", years=3,
        phones=((SWITCHBOARD, "work"),), email="daniel.osei@brightwell.example", weight=2,
    ),
    Portrait(
        "Laura Finch", **_UK, city="London", company="Brightwell Lighting Ltd", tier="silver", years=1.5,
        phones=((SWITCHBOARD, "work"), ("+447700900207", "mobile")), email="laura.finch@brightwell.example",
        pinned_note="Orders for Brightwell go to Daniel; Laura handles claims.", note_by="ruth",
    ),
    Portrait(
        "Sofia Ferreira", **_UK, city="Reading", years=4, phones=((FAMILY_LINE, "home"),), weight=2,
        parcels=(("Winter coat", "held", "Lisbon", "Reading", -1),),
    ),
    Portrait(
        "James Ferreira", **_UK, city="Reading", years=0.6,
        phones=((FAMILY_LINE, "home"), ("+447700900611", "mobile")),
    ),
    Portrait(
        "Edith Marlowe", **_UK, city="Whitby", years=9, address="3 Abbey Steps",
        special_requirements="No telephone. Writes letters; answer by letter in large print.",
        pinned_note="Her neighbour Mr Pell takes parcels in.", note_by="grace",
    ),
    Portrait(
        "Robert Quill", **_UK, city="Norwich", years=2.7, phones=(("+447700900404", "mobile"),), opted_out=True,
        parcels=(("Garden hose", "delivered", "Cardiff", "Norwich", -12),), weight=2,
    ),
    Portrait(
        "Northgate Medical Supplies", **_UK, city="Manchester", kind="organisation", tier="key", years=6, weight=2,
        phones=(("+441614960330", "work"), ("+447700900330", "mobile")), email="desk@northgate.example",
        preferred="priya", special_requirements="Cold chain: never leave outside. Call the ward before delivery.",
        pinned_note="Contract ends in March. Their buyer is Dr Lowe.", note_by="priya",
        parcels=(
            ("Insulin, cold chain", "in_transit", "Basel", "Manchester", 0.5),
            ("Test kits, 4 boxes", "collected", "Berlin", "Manchester", 1.5),
        ),
        consents={"recording": "given", "survey": "given", "marketing": "withdrawn"},
    ),
    Portrait(
        "Grace Lindqvist", **_US, city="Boston", tier="silver", years=3.3, phones=(("+16175550117", "mobile"),),
        email="grace.lindqvist@example.com", parcels=(("Ceramic vase", "damaged", "Copenhagen", "Boston", -3),),
        weight=2,
    ),
    Portrait(
        "Renée O’Brien-Łukaszewicz", **_US, city="New York", years=0.4, phones=(("+12125550139", "mobile"),),
        pinned_note="Say “REH-nay”. Spelling matters on customs papers.", note_by="tomasz",
    ),
    Portrait(
        "陈思雨", **_CN, city="上海", tier="gold", years=2.2, phones=(("+8612000004410", "mobile"),), weight=2,
        email="siyu.chen@example.com", address="演示路88号3单元",
        special_requirements="请先发短信再打电话，白天上班不便接听。",
        pinned_note="希望由李娜接听，熟悉她的情况。", note_by="lina",
        parcels=(
            ("婴儿推车", "not_received", "汉堡", "上海", -1),
            ("绘本两册", "delivered", "伦敦", "上海", -16),
        ),
        consents={"recording": "given", "sms": "given", "survey": "given"},
    ),
    Portrait(
        "华东演示电子有限公司", **_CN, city="苏州", kind="organisation", tier="key", years=4.5, weight=2,
        phones=(("+8612000008800", "work"),), email="wuliu@huadong.example", preferred="lina",
        special_requirements="易碎品，请勿叠放。月底集中取件，提前一天确认车辆。",
        parcels=(("显示屏样品", "held", "苏州", "鹿特丹", -1), ("电路板20箱", "in_transit", "苏州", "伦敦", 2)),
        consents={"recording": "given"},
    ),
    Portrait(
        "林志豪", **_TW, city="台北", years=1.8, phones=(("+886400000217", "mobile"),), weight=1.5,
        email="chihhao.lin@example.com",
        parcels=(("相機鏡頭", "in_transit", "漢堡", "台北", 1),),
        consents={"recording": "given", "sms": "given"},
    ),
    Portrait(
        "晨霧茶葉行", **_TW, city="新北", kind="organisation", tier="key", years=5.5, weight=2,
        phones=(("+886400000880", "work"),), email="hello@morningmist.example", preferred="yating",
        special_requirements="茶葉怕潮，雨天請用防水袋。", pinned_note="節前兩週出貨量加倍，請提早安排取件。",
        note_by="yating",
        parcels=(("烏龍茶禮盒12件", "booked", "新北", "倫敦", 4),),
    ),
    Portrait(
        "黃美玲", **_HK, city="香港", years=0.9, phones=(("+85255500163", "mobile"),), weight=2,
        parcels=(("二手書", "returned", "曼徹斯特", "香港", -4),),
        pinned_note="說廣東話，也懂普通話。", note_by="siuman",
    ),
)  # fmt: skip
