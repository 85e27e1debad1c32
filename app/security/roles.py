"""What each role may do: one table, asked by pages, sockets and templates alike."""

from __future__ import annotations

from app.security.models import ROLES

_EVERYBODY = frozenset(ROLES)
_CALL_TAKERS = frozenset({"agent", "supervisor"})
#: Quality callers have a desk with a phone, but serve only the queue of quality calls (app/queues/models.py).
_AT_DESKS = _CALL_TAKERS | {"quality"}

#: Permission -> the roles that have it.
PERMISSIONS: dict[str, frozenset[str]] = {
    "desk.use": _AT_DESKS,
    "call.handle": _AT_DESKS,
    # Who may listen to which call is said by the road to the headset (app/training/shadowing.py).
    "call.shadow": _AT_DESKS,
    "customers.view": _EVERYBODY,
    "customers.edit": _CALL_TAKERS | {"administrator"},
    "customers.erase": frozenset({"administrator"}),
    "customers.import": frozenset({"supervisor", "administrator"}),
    "messages.send": _CALL_TAKERS,
    "messages.view": _EVERYBODY,
    "messages.settle": frozenset({"supervisor", "administrator"}),
    "phone.use": _EVERYBODY - {"read_only"},
    "queues.view": _EVERYBODY,
    "agents.view": _EVERYBODY,
    "board.view": _EVERYBODY - {"agent"},
    "board.control": frozenset({"supervisor"}),
    "organisation.view": frozenset({"supervisor", "administrator"}),
    "organisation.manage": frozenset({"administrator"}),
    "announcements.manage": frozenset({"supervisor", "administrator"}),
    "agents.manage": frozenset({"supervisor", "administrator"}),
    "people.manage": frozenset({"administrator"}),
    "audit.view": frozenset({"administrator", "supervisor"}),
    "tickets.view": _EVERYBODY,
    "tickets.all": _EVERYBODY - {"agent"},
    "tickets.handle": _CALL_TAKERS,
    "tickets.supervise": frozenset({"supervisor"}),
    "draws.view": frozenset({"supervisor", "quality", "administrator", "read_only"}),
    "draws.join": frozenset({"supervisor", "quality"}),
    "draws.manage": frozenset({"administrator"}),
    "scores.view": frozenset({"supervisor", "administrator", "read_only"}),
    "questionnaire.view": frozenset({"supervisor", "quality", "administrator", "read_only"}),
    # Whose pay hangs on the answers does not write the questions.
    "questionnaire.manage": frozenset({"quality", "administrator"}),
    "needs.view": _EVERYBODY - {"agent"},
    "needs.manage": frozenset({"supervisor", "quality", "administrator"}),
    "coaching.manage": frozenset({"supervisor"}),
    "coaching.own": _CALL_TAKERS,
    "appeals.decide": frozenset({"supervisor", "quality", "administrator"}),
    "learning.view": frozenset({"supervisor", "administrator"}),
    "learning.manage": frozenset({"supervisor"}),
    "rewards.manage": frozenset({"administrator"}),
    "training.view": frozenset({"supervisor", "quality", "administrator"}),
    "training.manage": frozenset({"supervisor", "administrator"}),
    "training.rate": frozenset({"supervisor", "quality", "administrator"}),
    "training.retest": frozenset({"quality"}),
    "training.override": frozenset({"administrator"}),
    "training.own": _AT_DESKS,
    "recordings.listen": frozenset({"agent", "supervisor", "quality"}),
    "recordings.all": frozenset({"supervisor", "quality"}),
    "recordings.download": frozenset({"supervisor"}),
    "quality.view": frozenset({"supervisor", "quality"}),
    "quality.ask": frozenset({"supervisor", "quality"}),
    "profile.own": _EVERYBODY,
}

#: Permissions that exist only where the demo organisation is served.
DEMO_ONLY = frozenset({"phone.use"})


def allows(role: str, permission: str) -> bool:
    """True when `role` has `permission`.

    Raises:
        KeyError: no such permission; a typing mistake must never open or close a door silently.
    """
    return role in PERMISSIONS[permission]
