"""What a simulated agent writes after a call: one of the demo's stories, marked as simulated."""

from __future__ import annotations

from random import Random
from typing import Any

from app.demo.stories import STORIES, Story

#: Put before every note: whoever reads the profile must see that nobody spoke.
MARK = {"en": "[Simulated]", "zh_Hans": "【模拟】", "zh_Hant": "【模擬】"}


def fill_in(wrapup: dict[str, Any], data: dict[str, Any], chance: Random) -> dict[str, Any]:
    """The fields of `wrapup.save` for this wrap-up; `data` is what the desk page offers to choose from."""
    topics = {topic["id"]: topic["code"] for topic in data["topics"]}
    topic, language = wrapup["topic"], wrapup["language"]
    story = _story(topics.get(topic["id"], "") if topic else "", language, chance)
    fitting = [d for d in data["dispositions"] if d["queue"] in (None, wrapup["queue"]["id"])]
    wanted = [d["id"] for d in fitting if d["code"] == story.ending]
    return {
        "note": f"{MARK.get(language, MARK['en'])} {story.note}".strip(),
        "disposition": (wanted or [chance.choice(fitting)["id"]])[0],
        "topics": [topic["id"]] if topic else [],
        "phase": story.phase,
        "customer": wrapup["customer_id"],
        "sms": [],
    }


def _story(topic: str, language: str, chance: Random) -> Story:
    told = STORIES.get((topic, language)) or STORIES.get((topic, "en"))
    return chance.choice(told) if told else Story("", "", "during")
