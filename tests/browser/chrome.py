"""Where the machine's Chromium is."""

from __future__ import annotations

import shutil

#: Debian, Fedora and Google name the same browser differently.
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium_path() -> str | None:
    """The system's Chromium; None leaves the choice to Playwright's own."""
    return next(filter(None, map(shutil.which, NAMES)), None)
