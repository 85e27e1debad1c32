"""Lists as Twilio pages them, and the filters of their queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from tests.twilio_emulator.asking import Asked, Reply

PAGE = 50
Json = dict[str, Any]


def listed(asked: Asked, key: str, items: Sequence[Json], **filters: str) -> Reply:
    """One page of `items`, those that the query asks for. `filters`: name in the query to name in the JSON."""
    chosen = [item for item in items if _wanted(item, asked.query, filters)]
    size, page = int(asked.one("PageSize", str(PAGE))), int(asked.one("Page", "0"))
    first, beyond = page * size, (page + 1) * size
    kept = {name: values for name, values in asked.query.items() if name not in {"Page", "PageToken", "PageSize"}}

    def address(number: int) -> str:
        token = [("PageToken", f"PA{number}")] if number else []
        return f"{asked.path}?{urlencode([('PageSize', size), ('Page', number), *token])}" + (
            f"&{urlencode(kept, doseq=True)}" if kept else ""
        )

    following = address(page + 1) if beyond < len(chosen) else None
    before = address(page - 1) if page else None
    shown = chosen[first:beyond]
    if asked.path.startswith("/v1"):
        host = "https://messaging.twilio.com"
        meta = {
            "page": page,
            "page_size": size,
            "first_page_url": host + address(0),
            "previous_page_url": host + before if before else None,
            "next_page_url": host + following if following else None,
            "url": host + address(page),
            "key": key,
        }
        return 200, {key: shown, "meta": meta}
    return 200, {
        key: shown,
        "end": first + max(0, len(shown) - 1),
        "first_page_uri": address(0),
        "next_page_uri": following,
        "page": page,
        "page_size": size,
        "previous_page_uri": before,
        "start": first,
        "uri": address(page),
    }


def _wanted(item: Json, query: Mapping[str, list[str]], filters: Mapping[str, str]) -> bool:
    for name, values in query.items():
        bare, compare = name.rstrip("<>"), name[-1]
        shown = item.get(filters.get(bare, ""), "")
        if bare not in filters:
            continue
        if bare.startswith("Date") or bare.endswith("Time"):
            if shown is None or not _in_time(parsedate_to_datetime(str(shown)), values[-1], compare):
                return False
        elif str(shown).lower() != values[-1].lower():
            return False
    return True


def _in_time(moment: datetime, wanted: str, compare: str) -> bool:
    """Days compare as days in UTC, moments as moments; "<" is "at or before", ">" "at or after"."""
    there: date | datetime = moment.astimezone(UTC)
    asked: date | datetime
    if len(wanted) == 10:
        there, asked = moment.astimezone(UTC).date(), date.fromisoformat(wanted)
    else:
        asked = datetime.fromisoformat(wanted.replace("Z", "+00:00"))
        asked = asked if asked.tzinfo else asked.replace(tzinfo=UTC)
    if compare == "<":
        return there <= asked
    return there >= asked if compare == ">" else there == asked
