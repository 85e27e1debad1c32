"""What tests of Twilio share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from app.messages import hours
from tests.providers.http_edge import Edge


@pytest.fixture
def edge(monkeypatch: pytest.MonkeyPatch) -> Edge:
    """Nothing reaches a network: requests end here."""
    edge = Edge()
    monkeypatch.setattr(
        requests.Session, "send", lambda session, prepared, **named: edge.send(session, prepared, **named)
    )
    return edge


@pytest.fixture(autouse=True)
def _any_hour() -> Iterator[None]:
    """Hours bind where a test says so, and nowhere after it."""
    hours.use(None)
    yield
    hours.use(None)
