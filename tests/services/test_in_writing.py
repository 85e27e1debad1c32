"""A customer whose page waits or rings would rather answer in writing: the link at once, once, and nobody rings."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from app import clock
from app.calls import callback_page
from app.calls.models import Callback
from app.customers.models import Interaction
from app.db import reading
from app.domain.quality_call import LINK_LASTS
from app.errors import Conflict, NotFound
from app.eventlog import person
from app.quality import asking
from app.quality.links import switch
from app.quality.links.in_writing import answer_in_writing, may_write
from tests.fixtures.callbacks import open_page, ring_customer
from tests.fixtures.desk import offer_of, sit_down
from tests.invariants.checks import assert_invariants
from tests.services.test_quality import (
    ask,
    attempts,
    callback,
    contact_of,
    house,  # noqa: F401  (a fixture)
    interview,
)
from tests.services.test_quality_links import give, link_of, texts

House = dict[str, int]


def offered(token: str) -> bool:
    with reading() as session:
        return may_write(session, token)


def state_of(token: str) -> str:
    with reading() as session:
        return session.scalars(select(Callback.state).where(Callback.token == token)).one()


def test_while_it_rings_the_link_comes_at_once_and_the_caller_is_free(house: House) -> None:  # noqa: F811
    asked = ask(house, contact_of(house))
    token = attempts(asked)[0].token
    open_page(token)
    desk = sit_down(house["caller"])
    ring_customer(desk)
    assert offered(token)
    page = answer_in_writing(token)
    link, (attempt,) = link_of(asked), attempts(asked)
    assert (page, link.reason, link.expires_at - link.sent_at) == (link.token, "asked", LINK_LASTS)
    assert (callback(asked).state, attempt.outcome, attempt.agent_id) == ("linked", "link", house["caller"])
    assert f"/answer/{page}" in texts()[0].body, "for whoever would answer later, or elsewhere"
    assert (state_of(token), offer_of(desk.agent_id), offered(token)) == ("canceled", None, False)
    with reading() as session:
        kept = session.scalars(select(Interaction).where(Interaction.queue_id == house["quality"])).one()
        assert_invariants(session, clock.now())
    assert (kept.outcome, kept.agent_id) == ("canceled", None), "nobody refused anything"
    assert asking.end_unreached(clock.now()) == 0
    assert answer_in_writing(token) == page and len(texts()) == 1, "twice is once"
    give(page)
    answers = interview(asked)
    assert answers is not None and (answers.mode, callback(asked).outcome) == ("link", "interviewed")


def test_before_it_rings_nobody_is_offered_it_any_more(house: House) -> None:  # noqa: F811
    asked = ask(house, contact_of(house))
    token = attempts(asked)[0].token
    open_page(token)
    pages: list[str] = []
    clicks = [threading.Thread(target=lambda: pages.append(answer_in_writing(token))) for _click in range(2)]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    assert pages == [link_of(asked).token] * 2 and len(texts()) == 1
    assert attempts(asked)[0].agent_id is None
    assert offer_of(sit_down(house["caller"]).agent_id) is None


def test_who_talks_or_may_have_no_link_goes_on_as_before(house: House) -> None:  # noqa: F811
    asked = ask(house, contact_of(house))
    token = attempts(asked)[0].token
    page, desk = open_page(token), sit_down(house["caller"])
    ring_customer(desk)
    switch.choose(False, actor=person(house["boss"]))
    assert not offered(token)
    with pytest.raises(Conflict) as refused:
        answer_in_writing(token)
    assert (refused.value.code, state_of(token), attempts(asked)[0].ended_at) == ("link_off", "ringing", None)
    switch.choose(True, actor=person(house["boss"]))
    callback_page.answer(page.call_id)
    with pytest.raises(Conflict):
        answer_in_writing(token)
    assert (state_of(token), texts()) == ("connected", [])
    with pytest.raises(NotFound):
        answer_in_writing("no such page")
