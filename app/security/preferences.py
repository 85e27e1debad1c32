"""What a person chose for their own screens."""

from __future__ import annotations

from sqlalchemy import update

from app.db import transaction
from app.security.models import User


def save_language(user_id: int, language: str) -> None:
    """Show this person's screens in `language` ("en", "zh_Hans", "zh_Hant") wherever they sign in."""
    with transaction() as session:
        session.execute(update(User).where(User.id == user_id).values(language=language))


def save_theme(user_id: int, theme: str) -> None:
    """Show this person's screens in `theme` ("auto", "light", "dark") wherever they sign in."""
    with transaction() as session:
        session.execute(update(User).where(User.id == user_id).values(theme=theme))
