"""Is it alive, is it ready, what does it count: for process managers and monitoring, not for people."""

from __future__ import annotations

import hmac
import time
from collections.abc import Iterator

from flask import Blueprint, Flask, Response, current_app, g, jsonify, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from app import migrate
from app.agents.models import AgentInterval
from app.db import reading
from app.errors import NotFound
from app.outbox import OutboxRow
from app.queues.models import Queue
from app.queues.work import WorkItem

blueprint = Blueprint("health", __name__)

#: Counted by this process since it started; a scraper that sees several processes adds them up.
_registry = CollectorRegistry()
_requests = Counter("hearback_http_requests", "HTTP requests", ["method", "endpoint", "status"], registry=_registry)
_latency = Histogram(
    "hearback_http_request_seconds",
    "Time to answer an HTTP request",
    ["endpoint"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
    registry=_registry,
)


def init_health(app: Flask) -> None:
    """Count and time every request of `app`."""
    app.before_request(begin)
    app.after_request(end)


@blueprint.get("/healthz")
def alive() -> Response:
    """200 while this process answers at all; asks nobody else."""
    return jsonify(ok=True)


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """200 when the database answers and has the schema of this program; else 503 with what is missing."""
    try:
        with reading() as session:
            revision = session.scalar(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        return jsonify(ok=False, missing="database"), 503
    if revision != migrate.head():
        return jsonify(ok=False, missing="migrations", found=revision, expected=migrate.head()), 503
    return jsonify(ok=True, revision=revision), 200


@blueprint.get("/metrics")
def metrics() -> Response:
    """Counters and gauges in Prometheus' text format, for who has the token; 404 when none is set."""
    expected = current_app.config["SETTINGS"].metrics_token
    if not expected:
        raise NotFound()
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        return Response("Bearer token needed\n", 401, {"WWW-Authenticate": "Bearer"}, mimetype="text/plain")
    gauges = CollectorRegistry()
    gauges.register(_Gauges())
    return Response(generate_latest(_registry) + generate_latest(gauges), content_type=CONTENT_TYPE_LATEST)


class _Gauges:
    """What the database says right now; read at each scrape, so it is true whichever process answers."""

    def collect(self) -> Iterator[Metric]:
        """Contacts waiting per queue, agents by shown state, effects not yet run."""
        waiting = GaugeMetricFamily("hearback_waiting", "Contacts waiting in line", labels=["queue"])
        agents = GaugeMetricFamily("hearback_agents", "Agents by shown state", labels=["state"])
        outbox = GaugeMetricFamily("hearback_outbox", "Effects not done", labels=["state"])
        with reading() as session:
            for code, number in session.execute(
                select(Queue.code, func.count(WorkItem.id))
                .outerjoin(WorkItem, (WorkItem.queue_id == Queue.id) & WorkItem.state.in_(("queued", "reserved")))
                .where(Queue.active)
                .group_by(Queue.code)
            ):
                waiting.add_metric([code], number)
            for state, number in session.execute(
                select(AgentInterval.state, func.count())
                .where(AgentInterval.ended_at.is_(None))
                .group_by(AgentInterval.state)
            ):
                agents.add_metric([state], number)
            counted = {
                row.state: row.number
                for row in session.execute(
                    select(OutboxRow.state, func.count().label("number"))
                    .where(OutboxRow.state != "done")
                    .group_by(OutboxRow.state)
                )
            }
            for state in ("waiting", "running", "unknown", "dead"):
                outbox.add_metric([state], counted.get(state, 0))
        yield from (waiting, agents, outbox)


def begin() -> None:
    """The request is timed from here."""
    g.began = time.perf_counter()


def end(response: Response) -> Response:
    """Count and time the answer."""
    # The endpoint, not the path: a scan of made-up addresses must not make a time series each.
    endpoint = request.endpoint or "none"
    _requests.labels(request.method, endpoint, response.status_code).inc()
    if "began" in g:
        _latency.labels(endpoint).observe(time.perf_counter() - g.began)
    return response
