"""The web process: `gunicorn wsgi:app` with the gevent-websocket worker, one worker per process."""

from gevent import monkey

monkey.patch_all()  # first thing, before anything imports sockets or threads; psycopg 3 cooperates with it

from app import create_app  # noqa: E402
from app.sockets import serve_live  # noqa: E402

app = create_app()
serve_live(app)
