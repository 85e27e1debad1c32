"""What each role may do, for the tests of who may what."""

from __future__ import annotations

#: What each role may do, said a second time: a slip in the table of the program shows here.
ROLE_MAY = {
    "agent": {"desk.use", "call.handle", "customers.view", "customers.edit", "messages.send", "messages.view"}
    | {"phone.use", "queues.view", "agents.view", "profile.own"},
    "supervisor": {"desk.use", "call.handle", "customers.view", "customers.edit", "customers.import"}
    | {"messages.send", "messages.view", "phone.use", "queues.view", "agents.view", "audit.view", "profile.own"}
    | {"board.view", "board.control", "organisation.view", "agents.manage", "announcements.manage"},
    "quality": {
        "board.view",
        "customers.view",
        "messages.view",
        "phone.use",
        "queues.view",
        "agents.view",
        "profile.own",
    },
    "administrator": {
        "board.view",
        "customers.view",
        "customers.edit",
        "customers.import",
        "messages.view",
        "phone.use",
    }
    | {"queues.view", "agents.view", "people.manage", "audit.view", "profile.own"}
    | {"organisation.view", "organisation.manage", "agents.manage", "announcements.manage"},
    "read_only": {"board.view", "customers.view", "messages.view", "queues.view", "agents.view", "profile.own"},
}

for _role in ("supervisor", "quality", "administrator", "read_only"):
    ROLE_MAY[_role].add("draws.view")
for _role in ("supervisor", "quality"):
    ROLE_MAY[_role].add("draws.join")
ROLE_MAY["administrator"] |= {"draws.manage", "customers.erase"}
for _role in ("supervisor", "administrator", "read_only"):
    ROLE_MAY[_role].add("scores.view")
for _role in ("supervisor", "quality", "administrator"):
    ROLE_MAY[_role] |= {"needs.view", "needs.manage"}
ROLE_MAY["read_only"].add("needs.view")
for _role in ("supervisor", "quality", "administrator", "read_only"):
    ROLE_MAY[_role].add("questionnaire.view")
for _role in ("quality", "administrator"):
    ROLE_MAY[_role].add("questionnaire.manage")
for _role in ("supervisor", "quality", "administrator"):
    ROLE_MAY[_role].add("appeals.decide")
ROLE_MAY["supervisor"] |= {"coaching.manage", "coaching.own", "learning.view", "learning.manage"}
ROLE_MAY["agent"].add("coaching.own")
ROLE_MAY["administrator"] |= {"learning.view", "rewards.manage"}
for _role in ("supervisor", "quality", "administrator"):
    ROLE_MAY[_role] |= {"training.view", "training.rate"}
for _role in ("supervisor", "administrator"):
    ROLE_MAY[_role].add("training.manage")
for _role in ("agent", "supervisor", "quality"):
    ROLE_MAY[_role].add("training.own")
ROLE_MAY["quality"].add("training.retest")
ROLE_MAY["administrator"].add("training.override")
for _role, _permissions in ROLE_MAY.items():
    _permissions.add("tickets.view")
    if _role != "agent":
        _permissions.add("tickets.all")
    if _role in ("agent", "supervisor"):
        _permissions.add("tickets.handle")
ROLE_MAY["supervisor"].add("tickets.supervise")
for _role in ("agent", "supervisor", "quality"):
    ROLE_MAY[_role].add("recordings.listen")
for _role in ("supervisor", "quality"):
    ROLE_MAY[_role] |= {"recordings.all", "quality.view", "quality.ask"}
ROLE_MAY["quality"] |= {"desk.use", "call.handle"}
for _role in ("agent", "supervisor", "quality"):
    ROLE_MAY[_role].add("call.shadow")
ROLE_MAY["supervisor"].add("recordings.download")
for _role in ("supervisor", "administrator"):
    ROLE_MAY[_role].add("messages.settle")
