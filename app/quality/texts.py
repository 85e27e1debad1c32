"""What customers read and hear beside the questions: the SMS before a call, the words of the answers, the ticket after.

In the customer's language, whatever the language of the screen: these are texts, not translations of the interface.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.questionnaire import LANGUAGES

DEFAULT = "en"

_SMS = {
    "en": "You contacted us on {day}. May we ask how it was? Open {link} and we ring you there, 4 minutes."
    " STOP ends texts.",
    "zh_Hans": "您于{day}联系过我们。想请您谈谈感受，约4分钟。请打开{link}，我们会在该页面致电。回复“退订”不再接收。",
    "zh_Hant": "您於{day}聯絡過我們。想請您談談感受，約4分鐘。請開啟{link}，我們會在該頁面致電。回覆「退訂」不再接收。",
}

#: Where a carrier rings their telephone, the page only watches.
_SMS_BY_PHONE = {
    "en": "You contacted us on {day}. We will ring to ask how it was (4 min). Not now: {link} STOP ends texts.",
    "zh_Hans": "您于{day}联系过我们。我们会致电请您谈谈感受，约4分钟。不便接听请点 {link} 回复“退订”不再接收。",
    "zh_Hant": "您於{day}聯絡過我們。我們會致電請您談談感受，約4分鐘。不便接聽請點 {link} 回覆「退訂」不再接收。",
}

_DAY = {"en": "{day}/{month}", "zh_Hans": "{month}月{day}日", "zh_Hant": "{month}月{day}日"}


@dataclass(frozen=True, slots=True)
class Fixed:
    """Words of the answers in one language. No version changes them: what they mean is counted."""

    settled: dict[str, str]
    need_levels: dict[str, str]
    yes: str
    no: str
    optional: str


FIXED: dict[str, Fixed] = {
    "en": Fixed(
        settled={"yes": "Yes", "partly": "Partly", "no": "No"},
        need_levels={"basic": "A matter of course", "expected": "Would be expected", "beyond": "Would be a surprise"},
        yes="Yes",
        no="No",
        optional="optional",
    ),
    "zh_Hans": Fixed(
        settled={"yes": "解决了", "partly": "部分解决", "no": "没有解决"},
        need_levels={"basic": "理所当然应有", "expected": "希望能有", "beyond": "有了会惊喜"},
        yes="是",
        no="否",
        optional="选答",
    ),
    "zh_Hant": Fixed(
        settled={"yes": "解決了", "partly": "部分解決", "no": "沒有解決"},
        need_levels={"basic": "理所當然該有", "expected": "希望能有", "beyond": "有了會驚喜"},
        yes="是",
        no="否",
        optional="選答",
    ),
}

#: Subject, not settled, settled in part, not content, need, suggestion, may return, may not.
_RECOVERY = {
    "en": ("Put right what was not good", "Asked afterwards, the customer says: the matter is not settled.",
           "Asked afterwards, the customer says: settled in part, and not content.",
           "Asked afterwards, the customer is not content with how it went.", "Needs: {text}", "Suggests: {text}",
           "We may come back to the customer about it.", "The customer did not ask to be contacted: write with care."),
    "zh_Hans": ("服务补救", "事后回访：客户表示事情没有解决。", "事后回访：客户表示只解决了一部分，并不满意。",
                "事后回访：客户对服务经过不满意。", "需要：{text}", "建议：{text}", "客户同意我们再联系。",
                "客户没有要求我们再联系，请谨慎行文。"),
    "zh_Hant": ("服務補救", "事後回訪：客戶表示事情沒有解決。", "事後回訪：客戶表示只解決了一部分，並不滿意。",
                "事後回訪：客戶對服務經過不滿意。", "需要：{text}", "建議：{text}", "客戶同意我們再聯絡。",
                "客戶沒有要求我們再聯絡，請謹慎行文。"),
}  # fmt: skip

#: Of what is done, and of what is planned or declined.
_YOU_SAID = {
    "en": (
        "You said, we did: {answer} STOP ends texts.",
        "You told us what you need. Our answer: {answer} STOP ends texts.",
    ),
    "zh_Hans": (
        "您说了，我们做了：{answer} 回复“退订”不再接收。",
        "您说过您的需要，我们的答复：{answer} 回复“退订”不再接收。",
    ),
    "zh_Hant": (
        "您說了，我們做了：{answer} 回覆「退訂」不再接收。",
        "您說過您的需要，我們的答覆：{answer} 回覆「退訂」不再接收。",
    ),
}

_base = [""]
_invitation = [_SMS]


def configure(public_address: str, *, by_phone: bool = False) -> None:
    """Where customers reach this site, without a slash at the end: links in texts begin with it.

    `by_phone`: telephones are rung, and not only pages.
    """
    _base[0] = public_address
    _invitation[0] = _SMS_BY_PHONE if by_phone else _SMS


def address(path: str) -> str:
    """Where customers reach `path` ("/…") of this site."""
    return f"{_base[0]}{path}"


def language_of(code: str) -> str:
    """`code` where questions are asked in it, else English."""
    return code if code in LANGUAGES else DEFAULT


def day_in(language: str, month: int, day: int) -> str:
    """A day as customers read it."""
    return _DAY[language_of(language)].format(month=month, day=day)


def sms(language: str, day: str, token: str) -> str:
    """The text that tells a customer of the call, with the address of their page."""
    return _invitation[0][language_of(language)].format(day=day, link=address(f"/callback/{token}"))


def you_said(language: str, answer: str, *, done: bool) -> str:
    """The text that tells a customer what came of what they said; `done` when it is there."""
    return _YOU_SAID[language_of(language)][0 if done else 1].format(answer=answer)


def recovery(language: str, settled: str, need: str, suggestion: str, *, may_return: bool) -> tuple[str, str]:
    """Subject and text of the ticket that puts right what a customer was not content with. Ratings stay out of it."""
    subject, unsettled, partly, unhappy, needs, suggests, may, may_not = _RECOVERY[language_of(language)]
    lines = [{"no": unsettled, "partly": partly}.get(settled, unhappy)]
    lines += [needs.format(text=need)] if need else []
    lines += [suggests.format(text=suggestion)] if suggestion else []
    return subject, "\n".join([*lines, may if may_return else may_not])
