"""The other hundred customers: drawn from lists of names, places and goods, the same ones every time.

Telephone numbers: for Britain and North America those that Ofcom and NANPA keep for drama (07700 900xxx,
555-01xx). China, Hong Kong and Taiwan keep none; theirs are of a possible length in ranges that no operator has
been given (+86 120, +852 5550, +886 400), so they ring nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from app.demo.showcase import SHOWCASE, Portrait


def _words(text: str, separator: str | None = None) -> list[str]:
    return text.split(separator)


_GIVEN = _words(
    "Abena Adele Agnes Alasdair Anwen Arjun Beatrix Bilal Callum Chloe Conrad Dafydd Delphine Ebony Eleanor Emeka Esme "
    "Farah Fergus Freya Gareth Gemma Hamish Harriet Imogen Isaac Jasmine Joel Kezia Leila Lewis Lorna Maeve Malik "
    "Miriam Nadia Nathan Olga Owen Pippa Rafael Rhys Rosalind Saira Seamus Stella Theo Uma Viktor Yusuf"
)
_FAMILY = _words(
    "Abbott Achterberg Bakare Banerjee Bellamy Carmichael Castellano Dacosta Davenport Edwards Ellery Fairweather "
    "Ghosh Greenhalgh Haddad Holloway Iqbal Jankowski Kensington Lachlan Lindgren MacLeod Mbeki Mercer Nakamura "
    "Novak Oduya Pemberton Petrov Quigley Rasmussen Rowntree Sandhu Schofield Sinclair Thackeray Tremblay Ueda Vance "
    "Whitaker Yilmaz Zielinski"
)
_FIRMS = (
    "Alder & Finch Books", "Bluebird Ceramics", "Cobalt Cycle Parts", "Dovetail Joinery", "Ember Coffee Roasters",
    "Foxglove Pharmacy", "Granite Peak Outdoor", "Hollow Tree Toys", "Juniper Optics", "Kestrel Print Works",
)  # fmt: skip
_HANS_FAMILY = "王李张刘杨赵吴周徐孙马朱胡郭何高罗郑梁谢宋唐许韩冯邓曹彭曾萧"
_HANS_GIVEN = _words(
    "建国 晓东 雪梅 志强 丽华 文静 海涛 欣怡 子涵 宇航 佳琪 国栋 春燕 浩然 思远 梦洁 俊杰 玉兰 一鸣 婷婷 "
    "立新 若溪 少华 明月 振宇 慧敏"
)
_HANS_FIRMS = ("青岚演示服饰有限公司", "云帆演示玩具厂", "南桥演示医疗器械公司", "蓝鲸演示书店", "锦程演示零件公司")
_HANT_FAMILY = "陳林黃張李王吳劉蔡楊許鄭謝郭洪邱曾廖賴葉蘇莊呂江蕭羅"
_HANT_GIVEN = _words(
    "淑芬 俊宏 雅雯 家豪 怡君 宗翰 佩珊 冠廷 美惠 承恩 詩涵 建宏 筱婷 柏翰 麗娟 育誠 曉彤 嘉欣 志明 婉儀 俊傑 詠詩"
)
_HANT_FIRMS = ("海灣示範書局", "小山示範咖啡", "綠谷示範藥房", "雲水示範設計")

_GOODS_EN = _words(
    "Kettle|Board game|Spare tyre tubes|Reading glasses|Wool blanket|Laptop sleeve|Seed packets|Film camera|"
    "Tea set|School books|Bicycle light|Guitar pedal|Contact lenses|Picture frame|Rain jacket",
    "|",
)
_GOODS_HANS = _words("奶粉|羊毛围巾|耳机|字典|茶具|儿童鞋|手表|键盘|维生素|画框", "|")
_GOODS_HANT = _words("咖啡豆|耳機|圍巾|字典|茶具|童鞋|手錶|鍵盤|維他命|畫框", "|")

_STATUSES = (
    ("delivered", 46), ("in_transit", 22), ("out_for_delivery", 8), ("collected", 6), ("booked", 6), ("held", 5),
    ("not_received", 3), ("returned", 2), ("damaged", 2),
)  # fmt: skip
_TIERS = (("standard", 72), ("silver", 18), ("gold", 10))


@dataclass(frozen=True, slots=True)
class _Region:
    """Where some of the crowd live, how they are called, and what their numbers look like."""

    share: int
    language: str
    country: str
    time_zone: str
    cities: tuple[str, ...]
    abroad: tuple[str, ...]
    goods: list[str]
    firms: tuple[str, ...]
    name: Callable[[Random], str]
    number: Callable[[int], str]


def _english(chance: Random) -> str:
    return f"{chance.choice(_GIVEN)} {chance.choice(_FAMILY)}"


def _hans(chance: Random) -> str:
    return chance.choice(_HANS_FAMILY) + chance.choice(_HANS_GIVEN)


def _hant(chance: Random) -> str:
    return chance.choice(_HANT_FAMILY) + chance.choice(_HANT_GIVEN)


_EUROPE = ("Rotterdam", "Milan", "Lyon", "Hamburg", "Gdańsk", "Oslo")
REGIONS = (
    _Region(
        46, "en", "GB", "Europe/London", ("London", "Leeds", "Cardiff", "Glasgow", "Belfast", "York", "Exeter"),
        _EUROPE, _GOODS_EN, _FIRMS[:6], _english, lambda n: f"+447700900{500 + n:03}",
    ),
    _Region(
        16, "en", "US", "America/New_York", ("New York", "Philadelphia", "Atlanta", "Miami"),
        _EUROPE, _GOODS_EN, _FIRMS[6:], _english, lambda n: f"+1212555{140 + n:04}",
    ),
    _Region(
        40, "zh_Hans", "CN", "Asia/Shanghai", ("上海", "北京", "杭州", "深圳", "成都", "青岛"),
        ("鹿特丹", "汉堡", "伦敦", "米兰"), _GOODS_HANS, _HANS_FIRMS, _hans, lambda n: f"+8612000001{n:03}",
    ),
    _Region(
        20, "zh_Hant", "TW", "Asia/Taipei", ("台北", "台中", "高雄", "台南"),
        ("鹿特丹", "漢堡", "倫敦", "米蘭"), _GOODS_HANT, _HANT_FIRMS[:2], _hant, lambda n: f"+886400001{n:03}",
    ),
    _Region(
        10, "zh_Hant", "HK", "Asia/Hong_Kong", ("香港",),
        ("鹿特丹", "漢堡", "倫敦", "米蘭"), _GOODS_HANT, _HANT_FIRMS[2:], _hant, lambda n: f"+85255502{n:03}",
    ),
)  # fmt: skip


def draw_crowd(chance: Random, size: int) -> Iterator[Portrait]:
    """`size` customers over all regions by their shares; no two have the same name."""
    taken = {portrait.name for portrait in SHOWCASE}
    whole = sum(region.share for region in REGIONS)
    for region in REGIONS:
        for position in range(round(size * region.share / whole)):
            organisation = position < len(region.firms)
            name = region.firms[position] if organisation else region.name(chance)
            while name in taken:
                name = region.name(chance)
            taken.add(name)
            yield _portrait(chance, region, position, name, organisation)


def _portrait(chance: Random, region: _Region, position: int, name: str, organisation: bool) -> Portrait:
    city = chance.choice(region.cities)
    tier = "silver" if organisation else _weighted(chance, _TIERS)
    mailbox = ".".join(re.findall("[a-z]+", name.lower())) or f"customer.{region.country.lower()}{position}"
    return Portrait(
        name=name, language=region.language, city=city, country=region.country, time_zone=region.time_zone, tier=tier,
        kind="organisation" if organisation else "person",
        phones=((region.number(position), "work" if organisation else "mobile"),),
        email=f"{mailbox}@example.com" if chance.random() < 0.8 else "",
        years=round(chance.uniform(0.2, 8), 2),
        parcels=tuple(_parcel(chance, region, city) for _number in range(chance.choice((0, 1, 1, 1, 2, 2, 3)))),
        consents={"recording": "given" if chance.random() < 0.85 else "withdrawn"} if chance.random() < 0.5 else {},
        weight=round(min(chance.paretovariate(1.6), 5), 2),
    )  # fmt: skip


def _parcel(chance: Random, region: _Region, city: str) -> tuple[str, str, str, str, float]:
    status = _weighted(chance, _STATUSES)
    coming = status in ("in_transit", "collected", "booked", "out_for_delivery")
    days = chance.uniform(0.2, 4) if coming else -chance.uniform(0.5, 40 if status == "delivered" else 4)
    return chance.choice(region.goods), status, chance.choice(region.abroad), city, round(days, 1)


def _weighted(chance: Random, pairs: tuple[tuple[str, int], ...]) -> str:
    return chance.choices([name for name, _weight in pairs], [weight for _name, weight in pairs])[0]
