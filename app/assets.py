"""Addresses of static files: made files by their content hash, own files by a version in the query."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Hashable
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, url_for
from markupsafe import Markup

#: Modules import each other by plain path ("/static/js/i18n.js"). A version in the page's own <script> would
#: make a second copy of the same module, with a second state; so scripts rely on revalidation instead.
UNVERSIONED = (".js", ".mjs")
#: Seconds for which an address is believed: a file that changes under a running server shows after that.
BELIEVED_S = 1.0
#: Parts of pages kept at the same time: some ten for each language and role.
MOST_PARTS = 500


def init_assets(app: Flask) -> None:
    """Give the templates `asset_url(name)`, `asset_integrity(name)` and `kept(...)`."""
    app.extensions["asset_urls"] = {}
    app.extensions["kept_parts"] = {}
    app.jinja_env.globals.update(asset_url=asset_url, asset_integrity=asset_integrity, kept=kept)


def kept(*key: Hashable, caller: Callable[[], Markup]) -> Markup:
    """A part of the page, as it was made for the same `key` a moment ago.

    The frame is the same on every page and was half of what a page took. The key names all that the part depends on,
    whose it is included. Made anew after BELIEVED_S, as addresses are.
    """
    parts: dict[tuple[Hashable, ...], tuple[float, Markup]] = current_app.extensions["kept_parts"]
    moment = time.monotonic()
    made_at, part = parts.get(key, (0.0, None))
    if part is None or moment - made_at > BELIEVED_S:
        part = caller()
        if len(parts) >= MOST_PARTS:
            parts.clear()
        parts[key] = moment, part
    return part


def asset_url(name: str) -> str:
    """Address of a vendor file by logical name ("htmx.js", "icons.svg") or of an own file ("css/base.css").

    A vendor file that `make setup` has not made yet keeps its plain address, which then answers 404. Looked for on the
    disk once in BELIEVED_S: a list asks for the same icons a hundred times, and a busy desk for many lists.
    """
    known: dict[str, tuple[float, str]] = current_app.extensions["asset_urls"]
    moment = time.monotonic()
    looked_at, address = known.get(name, (0.0, ""))
    if not address or moment - looked_at > BELIEVED_S:
        address = _find(name)
        known[name] = moment, address
    return address


def _find(name: str) -> str:
    static = Path(current_app.static_folder or "")
    made = _manifest(static).get(name)
    if made:
        return url_for("static", filename=f"vendor/{made['file']}")
    file = static / name
    if not file.is_file():
        return url_for("static", filename=f"vendor/{name}" if "/" not in name else name)
    if name.endswith(UNVERSIONED):
        return url_for("static", filename=name)
    return url_for("static", filename=name, v=_digest(file, file.stat().st_mtime))


def asset_integrity(name: str) -> str:
    """Subresource integrity of a vendor file ("sha384-…"), empty for own files."""
    made = _manifest(Path(current_app.static_folder or "")).get(name)
    return str(made["integrity"]) if made else ""


def _manifest(static: Path) -> dict[str, dict[str, Any]]:
    file = static / "vendor" / "manifest.json"
    return _read_manifest(file, file.stat().st_mtime) if file.is_file() else {}


@cache
def _read_manifest(file: Path, modified: float) -> dict[str, dict[str, Any]]:
    content: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return content


@cache
def _digest(file: Path, modified: float) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:10]
