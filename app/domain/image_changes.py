"""What changed between two images of the same thing, so that a page is sent that and not the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Image = Mapping[str, Any]

#: Fields that say when an image was made; by themselves they are no change.
STAMPS = frozenset({"v", "now", "watched_at"})


def change_between(before: Image, after: Image, lists: Sequence[str]) -> dict[str, Any] | None:
    """What to tell a page that shows `before` so that it shows `after`; None when that is nothing but its stamps.

    The entries of `lists` have an id: of those only the entries that are new or other are told, whole, and the order of
    ids when that is another. The page keeps to one rule: it applies a change only to the version named in `after`, and
    asks for the whole image when it holds another one.
    """
    fields = {name: value for name, value in after.items() if name not in lists and before.get(name) != value}
    rows = {name: told for name in lists if (told := _of_list(before.get(name, ()), after[name]))}
    if not rows and fields.keys() <= STAMPS:
        return None
    fields.pop("v", None)
    return {"v": after["v"], "after": before["v"], "set": fields, "rows": rows}


def _of_list(before: Sequence[Any], after: Sequence[Any]) -> dict[str, Any]:
    known = {_id(row): row for row in before}
    changed = [row for row in after if known.get(_id(row)) != row]
    order = [_id(row) for row in after]
    told: dict[str, Any] = {"changed": changed} if changed else {}
    if order != list(known):
        told["order"] = order
    return told


def _id(row: Any) -> Any:
    """An entry is an object with an id, or a row whose first place is the id."""
    return row["id"] if isinstance(row, Mapping) else row[0]
