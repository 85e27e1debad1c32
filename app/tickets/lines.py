"""The lines of a list of tickets. Fifty of them, each put together by the template, were most of what a page took."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, tzinfo
from functools import cache
from typing import Any

from babel import Locale
from babel.dates import format_date
from markupsafe import Markup, escape

from app.domain.phone_numbers import pretty
from app.i18n import localised

#: Makes a cell from what many lines have in common.
Cell = Callable[[Any], Markup]


def lines_in(language: str, locale: Locale | None, zone: tzinfo | None) -> Callable[..., Markup]:
    """What the template calls to print its lines: names in `language`, moments in `zone`."""

    def lines(rows: Iterable[Any], patterns: Mapping[str, Markup], cells: Mapping[str, Cell]) -> Markup:
        """Each row in the pattern `line`; cells are made once for each value they show."""
        line = str(patterns["line"])
        tile, state, queue, owner = (cache(cells[name]) for name in ("tile", "state", "queue", "owner"))
        day = cache(lambda at: format_date(at, "medium", locale))
        return Markup(  # noqa: S704 - the pattern is a template's, and every value in it is escaped here
            "".join(
                line
                % {
                    "id": row.id,
                    "tile": tile(row.channel),
                    "subject": escape(row.subject),
                    "about": _about(row, patterns, language),
                    "state": state(row.state),
                    "customer": _customer(row, patterns),
                    "queue": queue(row.queue_id),
                    "owner": owner(row.owner),
                    "iso": row.touched_at.isoformat(),
                    "touched": _moment(row.touched_at, zone, day),
                }
                for row in rows
            )
        )

    return lines


def _about(row: Any, patterns: Mapping[str, Markup], language: str) -> str:
    """Reference, topic, and that it was opened again."""
    said = [escape(row.reference)]
    if row.topic_names:
        said.append(escape(localised(row.topic_names, language)))
    if row.reopened:
        said.append(patterns["reopened"])
    return " · ".join(said)


def _customer(row: Any, patterns: Mapping[str, Markup]) -> str:
    """The name, or else the number, or that neither is known; key accounts with their sign."""
    name = row.customer_name or row.claimed_name
    if name:
        shown = patterns["named"] % name
    else:
        shown = patterns["numbered"] % pretty(row.number) if row.number else patterns["unknown"]
    return f"{shown} {patterns['key_account']}" if row.tier == "key" else shown


def _moment(moment: datetime, zone: tzinfo | None, day: Callable[[date], str]) -> str:
    at = moment.astimezone(zone)
    return f"{day(at.date())}, {at:%H:%M}"
