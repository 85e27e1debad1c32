"""The web process: `gunicorn wsgi:app` with the gevent-websocket worker, one worker per process."""

import gc

from gevent import monkey

monkey.patch_all()  # first thing, before anything imports sockets or threads; psycopg 3 cooperates with it

from app import create_app  # noqa: E402
from app.sockets import serve_live  # noqa: E402

app = create_app()
serve_live(app)
# What the program itself is made of stays for good: the collector need not look through it again and again, which would
# hold up every socket meanwhile.
gc.collect()
gc.freeze()
