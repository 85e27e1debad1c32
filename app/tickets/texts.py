"""What customers read on their own phones: it goes by the customer's language, not by a session's."""

from __future__ import annotations

CONFIRMATIONS = {
    "en": (
        "We have your request {reference} and will answer as soon as we can. Reply here to add to it. "
        "How it stands: {link}"
    ),
    "zh_Hans": "我们已收到您的请求 {reference}，会尽快答复。如需补充，直接回复本短信。查看进度：{link}",
    "zh_Hant": "我們已收到您的請求 {reference}，會盡快答覆。如需補充，直接回覆本簡訊。查看進度：{link}",
}

#: Subject of a ticket that was spoken, in the customer's language as all else that they said.
VOICE_MESSAGES = {"en": "Voice message, {length}", "zh_Hans": "语音留言，{length}", "zh_Hant": "語音留言，{length}"}


def confirmation(language: str, reference: str, link: str) -> str:
    """The text that follows a new ticket, in `language` (else in English); `link` tells how it stands."""
    return CONFIRMATIONS.get(language, CONFIRMATIONS["en"]).format(reference=reference, link=link)


def voice_message(language: str, seconds: float) -> str:
    """What lists call a message that was spoken, with its length as m:ss."""
    minutes, rest = divmod(int(seconds), 60)
    return VOICE_MESSAGES.get(language, VOICE_MESSAGES["en"]).format(length=f"{minutes}:{rest:02}")
