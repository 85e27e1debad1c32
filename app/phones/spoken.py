"""What callers hear, in the language they chose: these are texts of the line, not translations of a screen."""

from __future__ import annotations

LANGUAGES = ("en", "zh_Hans", "zh_Hant")
#: What stands before each choice of a menu.
_PRESS = {"en": "For {name}, press {key}.", "zh_Hans": "{name}，请按{key}。", "zh_Hant": "{name}，請按{key}。"}

_TEXTS: dict[str, dict[str, str]] = {
    "language": {
        "en": "Welcome. For English, press 1.",
        "zh_Hans": "普通话服务，请按二。",
        "zh_Hant": "國語服務，請按三。",
    },
    "notice": {
        "en": "We keep your number and the time of this call, so that we can help you.",
        "zh_Hans": "为了向您提供服务，我们会保存您的号码和通话时间。",
        "zh_Hant": "為了向您提供服務，我們會保存您的號碼和通話時間。",
    },
    "recording": {
        "en": "This call may be recorded so that we can serve you better. If you do not want that, press 9. Otherwise"
        " just stay on the line.",
        "zh_Hans": "为了改进服务，本次通话可能会被录音。如果您不同意录音，请按九；否则请稍候。",
        "zh_Hant": "為了改進服務，本次通話可能會被錄音。如果您不同意錄音，請按九；否則請稍候。",
    },
    "unrecorded": {
        "en": "This call will not be recorded.",
        "zh_Hans": "本次通话不会被录音。",
        "zh_Hant": "本次通話不會被錄音。",
    },
    "not_understood": {
        "en": "Sorry, that was not one of the choices.",
        "zh_Hans": "抱歉，没有这个选项。",
        "zh_Hant": "抱歉，沒有這個選項。",
    },
    "hold_on": {
        "en": "Please hold the line.",
        "zh_Hans": "请不要挂机，我们马上为您转接。",
        "zh_Hant": "請不要掛斷，我們馬上為您轉接。",
    },
    "next": {
        "en": "You are next in line.",
        "zh_Hans": "您是队列中的下一位。",
        "zh_Hant": "您是隊列中的下一位。",
    },
    "position": {
        "en": "You are number {position} in line.",
        "zh_Hans": "您排在第{position}位。",
        "zh_Hant": "您排在第{position}位。",
    },
    "under_1": {
        "en": "The wait is less than a minute.",
        "zh_Hans": "预计等待不到一分钟。",
        "zh_Hant": "預計等候不到一分鐘。",
    },
    "1_2": {
        "en": "The wait is about one to two minutes.",
        "zh_Hans": "预计等待一到两分钟。",
        "zh_Hant": "預計等候一到兩分鐘。",
    },
    "2_5": {
        "en": "The wait is about two to five minutes.",
        "zh_Hans": "预计等待两到五分钟。",
        "zh_Hant": "預計等候兩到五分鐘。",
    },
    "5_10": {
        "en": "The wait is about five to ten minutes.",
        "zh_Hans": "预计等待五到十分钟。",
        "zh_Hant": "預計等候五到十分鐘。",
    },
    "over_10": {
        "en": "The wait is more than ten minutes.",
        "zh_Hans": "预计等待超过十分钟。",
        "zh_Hant": "預計等候超過十分鐘。",
    },
    "callback_offer": {
        "en": "To be called back and keep your place, press 1.",
        "zh_Hans": "如需我们回电并保留您的位置，请按一。",
        "zh_Hant": "如需我們回電並保留您的位置，請按一。",
    },
    "message_offer": {
        "en": "To leave a message instead, press 2.",
        "zh_Hans": "如需留言，请按二。",
        "zh_Hant": "如需留言，請按二。",
    },
    "callback_promised": {
        "en": "Your place is kept. We will call you on the number you are calling from when it is your turn. Goodbye.",
        "zh_Hans": "您的位置已保留。轮到您时，我们会拨打您现在使用的号码。再见。",
        "zh_Hant": "您的位置已保留。輪到您時，我們會撥打您現在使用的號碼。再見。",
    },
    "about_to_be_answered": {
        "en": "Somebody is about to answer you. Please stay on the line.",
        "zh_Hans": "马上有人接听，请不要挂机。",
        "zh_Hant": "馬上有人接聽，請不要掛斷。",
    },
    "queue_full": {
        "en": "All lines are busy at the moment. Thank you for calling.",
        "zh_Hans": "目前线路全忙。感谢您的来电。",
        "zh_Hant": "目前線路全忙。感謝您的來電。",
    },
    "max_wait": {
        "en": "We are sorry that nobody could answer you in time.",
        "zh_Hans": "很抱歉，未能及时接听您的电话。",
        "zh_Hant": "很抱歉，未能及時接聽您的電話。",
    },
    "leave_message": {
        "en": "Please leave a message after the tone, and press the hash key when you are done. We will answer you.",
        "zh_Hans": "请在提示音后留言，结束请按井号键。我们会答复您。",
        "zh_Hant": "請在提示音後留言，結束請按井字鍵。我們會答覆您。",
    },
    "message_kept": {
        "en": "Thank you. We have your message. Goodbye.",
        "zh_Hans": "谢谢，我们已收到您的留言。再见。",
        "zh_Hant": "謝謝，我們已收到您的留言。再見。",
    },
    "goodbye": {
        "en": "Thank you for calling. Goodbye.",
        "zh_Hans": "感谢您的来电，再见。",
        "zh_Hant": "感謝您的來電，再見。",
    },
    "broken": {
        "en": "We are sorry, our system cannot take your call at the moment. Please call again in a few minutes.",
        "zh_Hans": "很抱歉，系统暂时无法接听您的电话，请过几分钟再拨。",
        "zh_Hant": "很抱歉，系統暫時無法接聽您的電話，請過幾分鐘再撥。",
    },
}


def text(key: str, language: str, **values: object) -> str:
    """The text `key` in `language`, else in English.

    Raises:
        KeyError: there is no such text.
    """
    wordings = _TEXTS[key]
    return wordings.get(language, wordings["en"]).format(**values)


def choice(key: int, name: str, language: str) -> str:
    """One choice of a menu."""
    return _PRESS.get(language, _PRESS["en"]).format(key=key, name=name)


def in_language(texts: dict[str, str], language: str) -> str:
    """One of the texts that somebody wrote for several languages; English where that one is missing."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")
