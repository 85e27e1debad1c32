"""What is lost on the way and what is not: missed rings, reloads, closed laptops, killed servers, second tabs."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect
from sqlalchemy import func, select

from app.customers.models import Interaction
from app.db import reading, transaction
from app.queues.models import Queue
from app.queues.work import Reservation
from tests.browser.people import AGENT, COLLEAGUE, CUSTOMER, AgentAtDesk, CustomerOnPage
from tests.browser.running import RunningDesk

Seat = Callable[..., AgentAtDesk]
Bring = Callable[..., CustomerOnPage]


def connected(seat_agent: Seat, bring_customer: Bring, queue: int) -> tuple[AgentAtDesk, CustomerOnPage]:
    agent = seat_agent(queue)
    agent.go_available()
    customer = bring_customer()
    customer.call("parcel", number="+44 7700 900321")
    agent.accept()
    agent.talks()
    customer.hears(AGENT)
    agent.hears(CUSTOMER)
    return agent, customer


def ring_for(queue: int, seconds: int) -> None:
    with transaction() as session:
        session.get_one(Queue, queue).ring_s = seconds


def count(model: type) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_missed_ring_passes_on_with_the_place_kept(queue: int, seat_agent: Seat, bring_customer: Bring) -> None:
    ring_for(queue, 4)
    first = seat_agent(queue, name="Ana Silva")
    first.go_available()
    customer = bring_customer()
    customer.call("parcel")
    first.rings()
    second = seat_agent(queue, name="Ben Carter", tone=COLLEAGUE)
    second.go_available()
    second.accept()
    second.talks()
    customer.hears(COLLEAGUE)
    expect(first.page.get_by_text("You missed a call, so you are away.")).to_be_visible()
    first.page.get_by_role("button", name="I'm back").click()
    first.shows("Available")


def test_a_reloaded_desk_takes_its_call_up_again(queue: int, seat_agent: Seat, bring_customer: Bring) -> None:
    agent, customer = connected(seat_agent, bring_customer, queue)
    agent.page.on("dialog", lambda dialog: dialog.accept())
    agent.page.reload()
    agent.talks()
    agent.hears(CUSTOMER)
    customer.hears(AGENT)
    assert count(Reservation) == 1


def test_a_reloaded_call_page_takes_its_call_up_again(queue: int, seat_agent: Seat, bring_customer: Bring) -> None:
    agent, customer = connected(seat_agent, bring_customer, queue)
    customer.page.on("dialog", lambda dialog: dialog.accept())
    customer.page.reload()
    customer.is_in("connected")
    customer.hears(AGENT)
    agent.hears(CUSTOMER)


def test_a_closed_laptop_puts_the_caller_first_in_line(
    queue: int, seat_agent: Seat, bring_customer: Bring
) -> None:
    agent, customer = connected(seat_agent, bring_customer, queue)
    second = seat_agent(queue, name="Ben Carter", tone=COLLEAGUE)
    second.go_available()
    agent.page.close(run_before_unload=False)
    customer.hears_music()
    second.rings(seconds=60)
    second.accept()
    second.talks()
    customer.hears(COLLEAGUE)
    second.hears(CUSTOMER)


def test_killed_servers_do_not_end_the_talk(
    queue: int, own_server: RunningDesk, seat_agent: Seat, bring_customer: Bring
) -> None:
    agent, customer = connected(seat_agent, bring_customer, queue)
    own_server.kill("web")
    own_server.kill("worker")
    customer.hears(AGENT)
    agent.hears(CUSTOMER)
    own_server.start_missing()
    expect(agent.page.locator("#live-pill")).to_contain_text("Live", timeout=30_000)
    customer.hears(AGENT)
    agent.hears(CUSTOMER)
    agent.press("Hold")
    customer.is_in("held")
    customer.hears_music()
    agent.press("Resume")
    customer.hears(AGENT)
    agent.press("End call")
    customer.is_in("ended")
    agent.wrap_up("done")
    assert (count(Interaction), count(Reservation)) == (1, 1)


def test_a_second_tab_only_watches_until_it_takes_over(
    queue: int, seat_agent: Seat, bring_customer: Bring
) -> None:
    agent = seat_agent(queue)
    agent.go_available()
    customer = bring_customer()
    tab = agent.context.new_page()
    tab.goto(f"{agent.address}/desk")
    expect(tab.get_by_text("Your phone is in another tab.")).to_be_visible(timeout=20_000)
    customer.call("parcel")
    agent.accept()
    agent.talks()
    customer.hears(AGENT)
    tab.get_by_role("button", name="Take over here").click()
    expect(agent.page.get_by_text("Your phone is in another tab.")).to_be_visible(timeout=20_000)
    expect(tab.locator(".callbar")).to_be_visible()
    customer.hears(AGENT)
    assert count(Reservation) == 1


def test_two_clicks_on_accept_take_one_call(queue: int, seat_agent: Seat, bring_customer: Bring) -> None:
    agent = seat_agent(queue)
    agent.go_available()
    customer = bring_customer()
    customer.call("parcel")
    agent.rings()
    agent.page.locator(".offer-accept").dblclick()
    agent.talks()
    customer.hears(AGENT)
    assert count(Reservation) == 1


def test_two_agents_and_two_callers_never_share(
    queue: int, seat_agent: Seat, bring_customer: Bring
) -> None:
    first = seat_agent(queue, name="Ana Silva")
    second = seat_agent(queue, name="Ben Carter", tone=COLLEAGUE)
    first.go_available()
    second.go_available()
    one, other = bring_customer(), bring_customer(tone=1760)
    one.call("parcel")
    other.call("parcel")
    first.accept()
    second.accept()
    first.talks()
    second.talks()
    with reading() as session:
        taken = session.execute(
            select(Reservation.work_item_id, Reservation.agent_id).where(Reservation.state == "active")
        ).all()
    assert len({row.work_item_id for row in taken}) == len({row.agent_id for row in taken}) == 2
