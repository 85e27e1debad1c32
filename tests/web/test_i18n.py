from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages import Catalog
from flask import Flask

from app.i18n import negotiate
from app.i18n.catalogs import extract, faults, fill, merge, problems, update, write_catalog
from app.i18n.compiled import browser_messages, compile_stale, pseudo, read_catalog
from app.i18n.web import duration, local_target

ROOT = Path(__file__).resolve().parents[2]


def test_everything_is_translated() -> None:
    assert problems(ROOT) == []


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh_Hans"),
        ("zh-TW,zh;q=0.9,en-US;q=0.8", "zh_Hant"),
        ("zh-HK", "zh_Hant"),
        ("zh-MO", "zh_Hant"),
        ("zh-SG", "zh_Hans"),
        ("zh-MY", "zh_Hans"),
        ("zh", "zh_Hans"),
        ("zh-Hant-CN", "zh_Hant"),
        ("zh-Hans-TW", "zh_Hans"),
        ("ZH-hant", "zh_Hant"),
        ("yue", "zh_Hant"),
        ("yue-CN", "zh_Hans"),
        ("zh-yue-HK", "zh_Hant"),
        ("cmn-Hans-CN", "zh_Hans"),
        ("en-GB,en;q=0.9", "en"),
        ("fr-FR,fr;q=0.9,zh-TW;q=0.5,en;q=0.4", "zh_Hant"),
        ("en;q=0.2,zh-CN;q=0.9", "zh_Hans"),
        ("zh-TW;q=0,en;q=0.1", "en"),
        ("fr, de", "en"),
        ("*", "en"),
        ("", "en"),
        (";;;,,q=1,-,zh-;q=x,zh-!!", "en"),
        ("en;q=2,zh-HK;q=0.1", "zh_Hant"),
        ("zh-TW," * 5000, "zh_Hant"),
    ],
)
def test_the_script_decides_which_chinese(header: str, expected: str) -> None:
    assert negotiate(header) == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/customers?q=李&page=2", "/customers?q=李&page=2"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example", "/"),
        ("/\\elsewhere.example", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
        ("", "/"),
        (None, "/"),
    ],
)
def test_a_form_only_leads_back_into_the_site(target: str | None, expected: str) -> None:
    assert local_target(target) == expected


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "00:00"), (62.9, "01:02"), (3599, "59:59"), (3661, "1:01:01"), (-4, "00:00")]
)
def test_durations_read_like_a_clock(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


def test_the_pseudo_language_is_longer_and_keeps_placeholders() -> None:
    text = "Signed in as %(name)s, <b>100 %%</b>"
    made = pseudo(text)
    assert len(made) >= len(text) * 1.35
    assert "%(name)s" in made and "<b>" in made and "%%" in made
    assert "Signed" not in made


def _sources(folder: Path, script: str) -> Path:
    (folder / "app").mkdir()
    (folder / "static" / "js").mkdir(parents=True)
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / "other.js").write_text('_("Not ours")')
    (folder / "app" / "pages.py").write_text('_("Page text")\nngettext("%(num)s call", "%(num)s calls", n)\n')
    (folder / "static" / "js" / "desk.js").write_text(script)
    (folder / "babel.cfg").write_text((ROOT / "babel.cfg").read_text())
    return folder


def test_texts_inside_script_templates_are_found_and_reach_the_browser(tmp_path: Path) -> None:
    root = _sources(
        tmp_path, 'html`<b>${_("Hold %(n)s", {n})}</b>`; ngettext("one wait", "%(num)s waits", n)'
    )
    assert {str(m.id) for m in extract(root) if m.id and "js" in str(m.locations)} == {
        "Hold %(n)s",
        "('one wait', '%(num)s waits')",
    }
    update(root)
    assert (
        fill(root, {"Hold %(n)s": {"zh_Hans": "保持 %(n)s"}, "one wait": {"zh_Hans": "%(num)s 人等待"}}) == []
    )
    assert browser_messages(read_catalog(root / "translations", "zh_Hans")) == {
        "plurals": 1,
        "messages": {"Hold %(n)s": "保持 %(n)s", "one wait": ["%(num)s 人等待"]},
    }


def test_updating_changes_nothing_twice_and_loses_no_translation(tmp_path: Path) -> None:
    root = _sources(tmp_path, '_("Mute")')
    assert update(root)["zh_Hant"] == 3
    fill(root, {"Mute": {"zh_Hant": "靜音"}})
    file = root / "translations" / "zh_Hant" / "LC_MESSAGES" / "messages.po"
    before = file.read_bytes()
    update(root)
    assert file.read_bytes() == before
    (root / "static" / "js" / "desk.js").write_text('_("Unmute")')  # moved away, perhaps for a moment
    update(root)
    assert read_catalog(root / "translations", "zh_Hant")["Mute"].string == "靜音"
    update(root, prune=True)
    assert "Mute" not in read_catalog(root / "translations", "zh_Hant")


def test_a_broken_template_stops_the_update_and_drops_nothing(tmp_path: Path) -> None:
    root = _sources(tmp_path, '_("Mute")')
    (root / "app" / "templates").mkdir()
    (root / "app" / "templates" / "x.html").write_text("{% if %}{{ _('Lost') }}")
    with pytest.raises(Exception, match="Expected an expression"):
        update(root)


@pytest.mark.parametrize(
    ("text", "translation", "fault"),
    [
        ("Hello %(name)s", "您好，%(nmae)s", "placeholders"),
        ("Hello %(name)s", "您好", "placeholders"),
        ("Hello", "", "not translated"),
        ("Phone call", "電話", "other script"),
        (("%(num)s call", "%(num)s calls"), ("通话",), "placeholders"),
    ],
)
def test_faults_are_named(text: str | tuple[str, str], translation: str | tuple[str], fault: str) -> None:
    template, catalog = Catalog(), Catalog(locale="zh_Hans", fuzzy=False)
    template.add(text)
    catalog.add(text, translation)
    assert [fault in found for found in faults(template[text], catalog, "zh_Hans")] == [True]


def test_a_text_that_became_a_plural_keeps_its_translation(tmp_path: Path) -> None:
    known, template = Catalog(locale="zh_Hans", fuzzy=False), Catalog()
    known.add("%(num)s call", "%(num)s 通电话")
    template.add(("%(num)s call", "%(num)s calls"))
    merged = merge(known, template, "zh_Hans")
    assert tuple(merged["%(num)s call"].string) == ("%(num)s 通电话",)
    write_catalog(tmp_path / "messages.po", merged)
    text = (tmp_path / "messages.po").read_text()
    assert "Date" not in text and "fuzzy" not in text


def test_catalogues_are_made_once_and_again_when_a_source_is_newer(tmp_path: Path) -> None:
    root = _sources(tmp_path, '_("Mute")')
    update(root)
    made = (root / "translations", root / "static" / "i18n")
    assert compile_stale(*made) is True
    assert compile_stale(*made) is False
    (root / "static" / "i18n" / "zh-Hans.json").unlink()
    assert compile_stale(*made) is True


@pytest.mark.parametrize(
    ("header", "tag", "words"),
    [
        ("en", "en", "Skip to the page"),
        ("zh-CN", "zh-Hans", "跳到正文"),
        ("zh-HK", "zh-Hant", "跳到主要內容"),
    ],
)
def test_pages_speak_the_browsers_language(app: Flask, header: str, tag: str, words: str) -> None:
    page = app.test_client().get("/styleguide", headers={"Accept-Language": header}).text
    assert f'<html lang="{tag}"' in page
    assert words in page


def test_the_menu_remembers_the_language_before_the_header(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    answer = client.post("/language", data={"language": "zh_Hant", "next": "/styleguide?x=1"})
    assert (answer.status_code, answer.location) == (303, "/styleguide?x=1")
    page = client.get("/styleguide", headers={"Accept-Language": "en"}).text
    assert '<html lang="zh-Hant"' in page and "/static/i18n/zh-Hant.json" in page


def test_unknown_languages_and_the_pseudo_language_in_earnest_are_refused(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    app.testing = False
    client = app.test_client()
    for language in ("xx", "en_XA", "../../etc", ""):
        assert "Set-Cookie" not in client.post("/language", data={"language": language}).headers
