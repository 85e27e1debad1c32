"""Reading a customers' file: its encoding, its delimiter, its rows, and what its columns most likely are."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext as _

from app.errors import Invalid

LARGEST_FILE = 20 * 1024 * 1024
ENCODINGS = ("utf-8", "gb18030", "big5")
DELIMITERS = (",", ";", "\t")
MOST_COLUMNS = 60
#: A longer cell is no cell of a table; csv would otherwise read a lost quotation mark to the end of the file.
LONGEST_CELL = 40_000
FIELDS = (
    "name", "phone", "phone_2", "email", "company", "kind", "tier", "language", "address", "city", "country",
    "time_zone", "special_requirements", "note", "reference",
)  # fmt: skip

#: What columns are called in the wild, folded by `_heading`.
_HEADINGS = {
    "name": "name fullname customer customername client "
    "姓名 名字 名称 名稱 客户 客戶 客户名称 客戶名稱 客户姓名 客戶姓名 收件人",
    "phone": "phone telephone tel mobile mobilephone cell phonenumber number msisdn "
    "电话 電話 手机 手機 手机号 手機號 电话号码 "
    "電話號碼 手机号码 手機號碼 联系电话 聯絡電話 行動電話",
    "phone_2": "phone2 telephone2 tel2 otherphone secondphone landline workphone "
    "电话2 電話2 固定电话 市話 備用電話 备用电话",
    "email": "email mail emailaddress 邮箱 郵箱 电子邮件 電子郵件 邮件 信箱 電子信箱",
    "company": "company organisation organization firm employer 公司 单位 單位 公司名称 公司名稱 企业",
    "kind": "kind type customertype 类型 類型 客户类型 客戶類型",
    "tier": "tier level class segment 级别 級別 等级 等級 会员等级 會員等級",
    "language": "language lang preferredlanguage 语言 語言",
    "address": "address street streetaddress 地址 街道 详细地址 詳細地址",
    "city": "city town 城市 市",
    "country": "country countrycode 国家 國家",
    "time_zone": "timezone tz 时区 時區",
    "special_requirements": "specialrequirements requirements instructions 特殊要求 要求",
    "note": "note notes comment comments remark remarks 备注 備註 附注 附註",
    "reference": "reference ref customerid customernumber id 编号 編號 客户编号 客戶編號",
}
_BY_HEADING = {word: field for field, words in _HEADINGS.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file as text, with how it was read."""

    text: str
    encoding: str
    #: True when more than one encoding would have fitted and the likelier was taken.
    guessed: bool


def decode(content: bytes, wanted: str = "") -> ReadFile:
    """The text of `content`. A byte order mark decides, then strict UTF-8, then the likelier Chinese encoding.

    Raises:
        Invalid: it is empty, too large, no text, or not in the encoding `wanted`.
    """
    if len(content) > LARGEST_FILE:
        raise _refused(_("This file is larger than 20 MB. Please split it."))
    if not content.strip():
        raise _refused(_("This file is empty."))
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return _text(content, encoding, guessed=False)
    if wanted in ENCODINGS:
        return _text(content, wanted, guessed=False)
    try:
        return _text(content, "utf-8", guessed=False)
    except Invalid:
        fitting = [encoding for encoding in ("gb18030", "big5") if _fits(content, encoding)]
        if not fitting:
            raise
    fitting.sort(key=lambda encoding: commonness(content, encoding), reverse=True)
    return _text(content, fitting[0], guessed=len(fitting) > 1)


def commonness(content: bytes, encoding: str) -> float:
    """Share of the two-byte signs of `content` that lie in the everyday part of `encoding`, 0..1.

    Everyday: level one of GB 2312 (lead B0-D7, trail A1-FE), level one of Big5 (lead A4-C6), and both
    standards' punctuation (lead A1-A3).
    """
    pairs = common = position = 0
    while position < len(content) - 1:
        lead, trail = content[position], content[position + 1]
        if lead < 0x81:
            position += 1
            continue
        pairs += 1
        if encoding == "gb18030":
            common += (0xB0 <= lead <= 0xD7 or 0xA1 <= lead <= 0xA3) and trail >= 0xA1
        else:
            common += 0xA1 <= lead <= 0xC6
        position += 2
    return common / pairs if pairs else 0.0


def _fits(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _text(content: bytes, encoding: str, *, guessed: bool) -> ReadFile:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise _refused(
            _("This file is not in the encoding we tried. Save it as UTF-8 (“CSV UTF-8” in Excel) and try again.")
        ) from error
    if "\x00" in text:
        raise _refused(_("This is not a text file. Save the table as CSV and try again."))
    return ReadFile(text, encoding, guessed)


def delimiter_of(text: str) -> str:
    """The delimiter that parts the first line into most columns."""
    first = text.split("\n", 1)[0]
    return max(DELIMITERS, key=first.count)


def rows_of(text: str, delimiter: str) -> Iterator[list[str]]:
    """The rows of a table as a spreadsheet counts them: headings first, empty ones too, none after the last full one.

    Raises:
        Invalid: a cell never ends, so that what follows cannot be told apart.
    """
    csv.field_size_limit(LONGEST_CELL)
    try:
        empty = 0
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if not any(cell.strip() for cell in row):
                empty += 1
                continue
            yield from itertools.repeat([], empty)
            empty = 0
            yield row[:MOST_COLUMNS]
    except csv.Error as error:
        raise _refused(_("A cell of this file never ends. Is a quotation mark missing?")) from error


def guess_columns(headings: list[str]) -> list[str]:
    """For each heading the field it most likely is, "" for none; no field twice."""
    found: list[str] = []
    for heading in headings:
        field = _BY_HEADING.get(_heading(heading), "")
        if field == "phone" and "phone" in found:
            field = "phone_2"
        found.append("" if field in found else field)
    return found


def safe_cell(value: str) -> str:
    """`value` as a cell that no spreadsheet takes for a formula (CSV injection)."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _heading(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\s_\-./:：()（）*]+", "", folded)


def _refused(message: str) -> Invalid:
    return Invalid(message, code="bad_file", fields={"file": message})
