"""The pages of the questions: what is typed is kept, what can't be is said, publishing is told before it is done."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient

from app.db import reading
from app.quality.questionnaire.asked import current
from tests.fixtures.desk import create_user
from tests.web.signing_in import browser_of

EDIT = "/quality/questionnaire/2/edit"


def writing(app: Flask) -> FlaskClient:
    app.config["WTF_CSRF_ENABLED"] = False
    return browser_of(app, create_user("quality"))


def revision(page: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', page)
    assert found is not None
    return found[1]


def test_from_a_draft_to_what_is_asked(app: Flask) -> None:
    client = writing(app)
    assert client.post("/quality/questionnaire").location == EDIT
    page = client.get(EDIT).text
    assert "remove:need" in page and "remove:overall" not in page and "All in all, how was it?" in page
    form = {"revision": revision(page), "do": "add:rating", "item-speed-en": "How <fast>?"}
    assert client.post(EDIT, data=form).location == f"{EDIT}#question-add"
    page = client.get(EDIT).text
    assert "How &lt;fast&gt;?" in page and "3 texts are missing" in page

    lacking = client.post("/quality/questionnaire/2/publish", data={"revision": revision(page)})
    assert lacking.status_code == 422 and 'id="item-own1-en-error"' in lacking.text
    said = {f"item-own1-{code}": "Safe?" for code in ("en", "zh_Hans", "zh_Hant")}
    assert client.post(EDIT, data={"revision": revision(page), "do": "preview", **said}).location == EDIT[:-5]
    preview = client.get("/quality/questionnaire/2?language=zh_Hant").text
    assert "包裹查詢" in preview and "can never be changed" in preview and "not quite the same measure" in preview
    published = client.post("/quality/questionnaire/2/publish", data={"revision": revision(preview)})
    assert published.status_code == 303
    with reading() as session:
        assert current(session).version == 2
    assert client.get(EDIT).location == EDIT[:-5], "what was published has no editor"
    assert "Scores are marked" in client.get("/quality/questionnaire").text


def test_what_can_not_be_is_said_and_nothing_typed_is_lost(app: Flask) -> None:
    client = writing(app)
    client.post("/quality/questionnaire")
    assert client.post("/quality/questionnaire").status_code == 409
    long = "Why " * 100
    refused = client.post(EDIT, data={"revision": "1", "item-need-en": long, "part-closing-en": "Bye, dear."})
    assert refused.status_code == 422 and long.strip() in refused.text and "Bye, dear." in refused.text
    core = client.post(EDIT, data={"revision": "1", "do": "remove:overall", "part-closing-en": "Bye, dear."})
    assert core.status_code == 422 and "All scores rest on this question" in core.text and "Bye, dear." in core.text
    assert client.post(EDIT, data={"revision": "1", "part-closing-en": "So long."}).status_code == 303
    late = client.post(EDIT, data={"revision": "1", "part-closing-en": "Bye, dear."})
    assert late.status_code == 409 and "Bye, dear." in late.text and "So long." in late.text
    assert revision(late.text) == "2", "who has seen theirs may save over it"
    assert client.post("/quality/questionnaire/1/edit", data={"revision": "1"}).status_code == 409
    same = client.post("/quality/questionnaire/2/publish", data={"revision": "9"})
    assert same.status_code == 409 and client.get("/quality/questionnaire/9").status_code == 404
