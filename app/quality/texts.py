"""What customers read and hear: the SMS before a call, and the caller's script with its questions.

In the customer's language, whatever the language of the screen: these are texts, not translations of the interface.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.quality_call import RATINGS

LANGUAGES = ("en", "zh_Hans", "zh_Hant")
DEFAULT = "en"

_SMS = {
    "en": "You contacted us on {day}. May we ask how it was? Open {link} and we ring you there, 4 minutes."
    " STOP ends texts.",
    "zh_Hans": "您于{day}联系过我们。想请您谈谈感受，约4分钟。请打开{link}，我们会在该页面致电。回复“退订”不再接收。",
    "zh_Hant": "您於{day}聯絡過我們。想請您談談感受，約4分鐘。請開啟{link}，我們會在該頁面致電。回覆「退訂」不再接收。",
}

_DAY = {"en": "{day}/{month}", "zh_Hans": "{month}月{day}日", "zh_Hant": "{month}月{day}日"}


@dataclass(frozen=True, slots=True)
class Script:
    """One wording of the interview in one language."""

    opening: str
    scale: str
    settled: str
    settled_answers: dict[str, str]
    #: Name of the rating -> question; in the order in which they are asked.
    ratings: dict[str, str]
    low: str
    high: str
    need: str
    need_levels: dict[str, str]
    suggestion: str
    may_return: str
    closing: str


def _ratings(*questions: str) -> dict[str, str]:
    return dict(zip(RATINGS, questions, strict=True))


SCRIPTS: dict[str, Script] = {
    "en": Script(
        opening="Good day, this is customer service, quality team. You contacted us on {day} about “{topic}”. May I ask"
        " how that was? It takes four minutes. I was not part of it, and your answers change nothing in how you are"
        " served.",
        scale="I will read five things. Please give each a number from 1 to 5: 1 is very bad, 5 is very good.",
        settled="Is the matter you contacted us about settled?",
        settled_answers={"yes": "Yes", "partly": "Partly", "no": "No"},
        ratings=_ratings(
            "How was our colleague's attitude towards you?",
            "How quickly did you get an answer?",
            "Was what you were told and what was done correct?",
            "How well did we keep you informed?",
            "All in all, how was it?",
        ),
        low="very bad",
        high="very good",
        need="What do you need that we do not offer?",
        need_levels={"basic": "A matter of course", "expected": "Would be expected", "beyond": "Would be a surprise"},
        suggestion="What should we change?",
        may_return="May we come back to you about what you said?",
        closing="Thank you. That is all, and it helps. Good-bye.",
    ),
    "zh_Hans": Script(
        opening="您好，这里是客户服务质量小组。您于{day}就“{topic}”联系过我们，想请您谈谈当时的感受，大约四分钟。"
        "我没有参与那次服务，您的回答不会影响您得到的服务。",
        scale="我会念五项，请您每项打1到5分：1分是非常不好，5分是非常好。",
        settled="您当时联系我们的事情解决了吗？",
        settled_answers={"yes": "解决了", "partly": "部分解决", "no": "没有解决"},
        ratings=_ratings(
            "我们同事的服务态度怎么样？",
            "得到答复的速度怎么样？",
            "告诉您的和为您办的是否正确？",
            "我们有没有及时告诉您进展？",
            "总的来说，这次服务怎么样？",
        ),
        low="非常不好",
        high="非常好",
        need="您有什么需要，而我们还没有提供？",
        need_levels={"basic": "理所当然应有", "expected": "希望能有", "beyond": "有了会惊喜"},
        suggestion="您认为我们应该改变什么？",
        may_return="关于您说的内容，我们可以再联系您吗？",
        closing="谢谢您，我的问题问完了，您的意见对我们很有帮助。再见。",
    ),
    "zh_Hant": Script(
        opening="您好，這裡是客戶服務品質小組。您於{day}就「{topic}」聯絡過我們，想請您談談當時的感受，大約四分鐘。"
        "我沒有參與那次服務，您的回答不會影響您得到的服務。",
        scale="我會唸五項，請您每項打1到5分：1分是非常不好，5分是非常好。",
        settled="您當時聯絡我們的事情解決了嗎？",
        settled_answers={"yes": "解決了", "partly": "部分解決", "no": "沒有解決"},
        ratings=_ratings(
            "我們同事的服務態度怎麼樣？",
            "得到答覆的速度怎麼樣？",
            "告訴您的和為您辦的是否正確？",
            "我們有沒有及時告訴您進展？",
            "整體來說，這次服務怎麼樣？",
        ),
        low="非常不好",
        high="非常好",
        need="您有什麼需要，而我們還沒有提供？",
        need_levels={"basic": "理所當然該有", "expected": "希望能有", "beyond": "有了會驚喜"},
        suggestion="您認為我們應該改變什麼？",
        may_return="關於您說的內容，我們可以再聯絡您嗎？",
        closing="謝謝您，我的問題問完了，您的意見對我們很有幫助。再見。",
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


def configure(public_address: str) -> None:
    """Where customers reach this site, without a slash at the end; links in texts begin with it."""
    _base[0] = public_address


def language_of(code: str) -> str:
    """`code` where there is a script in it, else English."""
    return code if code in SCRIPTS else DEFAULT


def day_in(language: str, month: int, day: int) -> str:
    """A day as customers read it."""
    return _DAY[language_of(language)].format(month=month, day=day)


def sms(language: str, day: str, token: str) -> str:
    """The text that tells a customer of the call, with the address of their page."""
    return _SMS[language_of(language)].format(day=day, link=f"{_base[0]}/callback/{token}")


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
