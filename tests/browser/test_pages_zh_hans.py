"""Every page as in test_pages.py, in simplified Chinese."""

from __future__ import annotations

import json

from playwright.sync_api import Browser

from tests.browser.running import RunningDesk
from tests.browser.test_pages import faults_by_page


def test_every_page_is_accessible_and_fits(demo: RunningDesk, chromium: Browser) -> None:
    found = faults_by_page(demo, chromium, "zh_Hans")
    assert not found, json.dumps(found, indent=1, ensure_ascii=False)
