"""What a text costs, as it is shown before it is sent: the house's price of one part, times its parts."""

from __future__ import annotations

from babel.numbers import format_currency
from flask import Flask, current_app
from flask_babel import get_locale

from config import Settings


def init_prices(app: Flask) -> None:
    """Templates may ask `sms_cost(parts)`; pages carry price and currency for their scripts."""
    app.jinja_env.globals.update(sms_cost=sms_cost, sms_price=sms_price)


def sms_cost(parts: int) -> str:
    """What `parts` cost, as "£0.08"; empty where the house told no price."""
    settings = _settings()
    if not settings.sms_price:
        return ""
    cost = parts * settings.sms_price
    return format_currency(cost, settings.sms_currency, locale=get_locale() or "en", decimal_quantization=False)


def sms_price() -> tuple[str, str]:
    """(price of one part, currency) for scripts; empty where the house told none."""
    settings = _settings()
    return (str(settings.sms_price), settings.sms_currency) if settings.sms_price else ("", "")


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
