"""The one SMS that carries the link, in the customer's language."""

from __future__ import annotations

from app.quality.texts import address, language_of

_UNREACHED = {
    "en": "You contacted us on {day}; we rang and did not reach you. How was it? {link} 3 minutes, until {until}."
    " STOP ends texts.",
    "zh_Hans": "您于{day}联系过我们，我们致电未能接通。当时的服务如何？{link} 约3分钟，{until}前有效。"
    "回复“退订”不再接收。",
    "zh_Hant": "您於{day}聯絡過我們，我們致電未能接通。當時的服務如何？{link} 約3分鐘，{until}前有效。"
    "回覆「退訂」不再接收。",
}
_ASKED = {
    "en": "You contacted us on {day}. Here is the link you asked for: {link} 3 minutes, until {until}."
    " STOP ends texts.",
    "zh_Hans": "您于{day}联系过我们。这是您要的链接：{link} 约3分钟，{until}前有效。回复“退订”不再接收。",
    "zh_Hant": "您於{day}聯絡過我們。這是您要的連結：{link} 約3分鐘，{until}前有效。回覆「退訂」不再接收。",
}


def link_sms(language: str, token: str, *, day: str, until: str, asked: bool) -> str:
    """The text for who asked for the link, or for who was never reached; days as customers read them."""
    texts = _ASKED if asked else _UNREACHED
    return texts[language_of(language)].format(day=day, until=until, link=address(f"/answer/{token}"))
