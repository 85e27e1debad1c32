"""Events of tickets: an agent's own list on the desk, and an open ticket that has changed."""

from __future__ import annotations

from typing import Any

from app.security.sessions import SignedIn
from app.sockets import join, number, on, snapshot


@on("tickets.sync", permission="tickets.view")
def sync_tickets(user: SignedIn, data: dict[str, Any]) -> dict[str, Any]:
    """The tickets this person has in hand, and from now on each change."""
    join("tickets", user.id)
    return {"image": snapshot("tickets", user.id)}


@on("ticket.join", permission="tickets.view")
def join_ticket(user: SignedIn, data: dict[str, Any]) -> dict[str, Any]:
    """Which version a ticket is at, and from now on each new one."""
    ticket_id = number(data, "ticket")
    join("ticket", ticket_id)
    return {"image": snapshot("ticket", ticket_id)}
