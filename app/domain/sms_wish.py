"""Whether somebody who wrote more than a keyword asks for no more texts.

The words that whole messages may be are in sms_text.py and come first. What is here reads sentences, and is careful:
*clear* is a plain demand about our writing, without a condition, a time, an exception or somebody else's telephone in
it; whatever comes near it is *perhaps*, and a person decides. US rules take any reasonable wording for a revocation
(47 CFR 64.1200(a)(10)), so the rest must never be dropped either.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from app.domain.han_folding import to_simplified


class Wish(StrEnum):
    """How sure it is that no more texts are wanted."""

    CLEAR = "clear"
    PERHAPS = "perhaps"


_POLITE = (
    r"(?:please|pls|plz|kindly|hi|hello|hey|sorry|thanks|thank you|thx|ok|okay|just|now|right now|immediately|at once|"
    r"already|again|you|all|this|it|that|team|sir|madam|dear)"
)
_TEXTS = r"(?:text(?: message)?s?|messages?|msgs?|sms(?:es)?|notifications?|updates?|alerts?|spam|reminders?|surveys?)"
_ANY = r"(?:(?:any|all|more|your|the|these|those|this|such|of|further|marketing|stupid|bloody|annoying) )*"
_ME = r"(?:me|us|my (?:number|phone|mobile|cell)|this (?:number|phone))"
_WRITING = rf"(?:text(?:ing)?|messag(?:e|ing)|sms(?:ing)?|contact(?:ing)?|writ(?:e|ing)(?: to)?) {_ME}\b"
_SENDING = rf"(?:send(?:ing)?(?: (?:to )?{_ME})? {_ANY}{_TEXTS}\b(?: to {_ME}\b)?)"
_NUISANCE = rf"(?:spam(?:ming)?|bother(?:ing)?|harass(?:ing)?|pester(?:ing)?|disturb(?:ing)?) {_ME}\b"

#: A demand; what stands before it and after it in its clause decides whether it is a clear one.
_DEMANDS = (
    rf"(?:stop|quit|cease|end)(?: with)? (?:{_WRITING}|{_SENDING}|{_NUISANCE}|{_ANY}{_TEXTS}\b|texting\b|messaging\b)",
    rf"(?:do not|don'?t|never) (?:ever )?(?:{_WRITING}|{_SENDING})",
    rf"(?:do not|don'?t|no longer) (?:want|wish|need|like)(?: to)?(?: (?:get|receive|be sent|have|see))? "
    rf"{_ANY}{_TEXTS}\b(?: from you)?",
    r"(?:do not|don'?t|no longer) (?:want|wish) to be (?:texted|messaged|contacted)",
    rf"no more {_ANY}{_TEXTS}\b",
    rf"(?:unsubscribe|remove|delete|take) {_ME}(?: off| out)?(?: (?:from|of))?(?: (?:your|this|the|all|any|mailing|"
    rf"texting|contact|sms|text|messages?|texts|lists?|database|system|service|notifications?))*",
    rf"opt (?:me|us) out|opt {_ME} out|i(?: want to| would like to|'d like to| wish to)? opt out|unsubscribe me",
    r"i (?:want|wish|would like) to (?:unsubscribe|stop receiving .*)",
)
_DEMAND = re.compile(r"\b(?:" + "|".join(_DEMANDS) + r")")
#: What may follow in the clause without taking anything back.
_HARMLESS = re.compile(
    rf"(?: (?:any ?more|again|ever|ever again|please|pls|from now on|to {_ME}|{_POLITE}|for good|altogether|forever|"
    rf"at all|off (?:your|the|this) list))*"
    r"(?: (?:or|and|because|cause|cuz|i|i'm|i've|we|you|this|it|it's|they|who|or i) .*)?"
)
#: Before the demand these turn it into something else: a question, a report, a condition.
_TURNS = re.compile(
    r"\b(?:did|didn'?t|does|doesn'?t|why|when|if|unless|until|has|have|had|was|were|how|not|never|no one|nobody|"
    r"don'?t|won'?t|cannot|can'?t|after|before|he|she|they|driver|courier|night|evening|only|"
    r"my (?:wife|husband|son|daughter|mother|mum|father|dad))\b"
)
_KEEP_GOING = re.compile(
    r"\b(?:do not|don'?t|never|please not|not|no need to|you don'?t have to|why did you|didn'?t|did not)"
    r"(?: want you| you)?(?: to)?(?: please| ever| just)? (?:stop|quit|unsubscribe|opt|remove|end)\b|\byou stopped\b"
)
_BUT = re.compile(r"\b(?:but|except|apart from|keep (?:sending|texting)|only (?:text|send|message))\b")
#: Not a demand we can read, and nothing that may be passed over.
_HINTS = re.compile(
    rf"\b(?:stop|cancel|enough|too many|sick of|tired of|fed up|unwanted|annoying)\b.*\b{_TEXTS}\b|"
    rf"\b{_TEXTS}\b.*\b(?:stop|enough|too many|annoying|unwanted|off)\b|"
    r"\bstop\b.*\b(?:sending|texting|messaging|contacting|calling|ringing me|phoning)\b|"
    r"\bunsubscribe\b|\bopt(?:ing|ed)?[ -]out\b|\bleave (?:me|us) alone\b|\bspam\b|\bharass|\bgo away\b|"
    r"\bwrong (?:number|person)\b|\bhow (?:do|can|to).{0,12}\bstop\b|\bturn (?:off|these off)\b|"
    r"\bstop (?:it|this|that|everything)\b|\bwho gave you (?:my|this) number\b|\bdo not contact\b|"
    r"\bdon'?t (?:text|message|contact|sms|call me)\b|^ ?no (?:texts?|sms|messages)(?: please)?\b ?[.!]*$"
)
_ONLY_STOP = re.compile(rf"(?:{_POLITE} )*(?:stop|unsubscribe|opt ?out)(?: {_POLITE})*")

_ZH_TEXTS = r"(?:短信|简讯|信息|讯息|消息|通知|推送|广告|垃圾短信|sms|短讯)"
_ZH_NO_MORE = r"(?:不要|[别別]|勿|请勿|不许|不准|停止|拒绝|拒收|[别別]给我|不想|不愿意?|不希望|我?不要)"
_ZH_TO_ME = r"(?:给我|向我|跟我|对我|往我手机|给这个号码?|我|给我们)"
_ZH_SEND = r"(?:发送?|传送?|寄|推送|发来|传来|接?收到?|接受)"
_ZH_ANY = r"(?:任何|这些|这种|这类|此类|你们的?|你的|贵公司的?|了|垃圾|营销|的|什么|一切|所有)*"
_ZH_DEMANDS = (
    rf"{_ZH_NO_MORE}(?:再|继续|总是?|老是?|一直|天天)*{_ZH_TO_ME}?(?:再)?{_ZH_SEND}(?:过来|来)?{_ZH_TO_ME}?{_ZH_ANY}{_ZH_TEXTS}",
    rf"{_ZH_NO_MORE}(?:再|继续|总是?|老是?|一直)*{_ZH_TO_ME}{_ZH_SEND}(?:了|啦)(?!.)",
    r"(?:不要|[别別]|勿|请勿|停止)(?:再|继续|总是?|老是?|一直)*(?:用短信|发短信|传简讯)?(?:打扰|骚扰|烦|联[系繫络]|来烦)(?:我们?)?",
    rf"(?:退订|拒收|取消订阅|取消接收)(?:所有|全部|你们的|这些|一切)*{_ZH_TEXTS}?",
    r"取消(?:所有|全部|你们的|这些|一切)*(?:短信|简讯|短讯|推送)(?:通知|服务|订阅|提醒)?",
    r"把我(?:的号码|的手机号|的电话)?从(?:你们的?)?(?:名单|列表|短信名单|系统)(?:里|中|上)?(?:删除|移除|删掉|去掉|拿掉)",
)
_ZH_DEMAND = re.compile("|".join(_ZH_DEMANDS))
_ZH_POLITE = (
    r"(?:请|麻烦|拜托|帮我|你们|您好|你好|我要|我想要?|我|给我|一下|谢谢|多谢|感谢|了|吧|啦|好吗|可以吗|"
    r"立即|立刻|马上|以后|从现在起|永远|再也|求求你们?)*"
)
_ZH_ONLY_STOP = re.compile(rf"{_ZH_POLITE}(?:停止|退订|拒收|取消订阅){_ZH_POLITE}")
_ZH_BEFORE = re.compile(_ZH_POLITE)
_ZH_HARMLESS = re.compile(
    rf"(?:给我们?|了|吧|啦|谢谢|好吗|可以吗|过来|到这个号码|到我的?手机|呀|啊|哦|行吗|行不行|的|好不好|{_ZH_POLITE})*"
)
_ZH_KEEP_GOING = re.compile(
    r"(?:不要|[别別]|不能|不可以|不想|不需要|不会|没有?|不)(?:要|再)*(?:停止?|退订|拒收|取消)|为什么|怎么不|没收到|没有收到"
)
_ZH_BUT = re.compile(r"但|不过|除了|除非|只(?:发|要|传|在|收)|如果|要是")
_ZH_HINTS = re.compile(
    rf"退订|拒收|(?:不要|[别別]|不用|不必|不想|不需要|停止|太多|够了|烦).*(?:{_ZH_TEXTS}|联[系繫络]|打扰|骚扰)|"
    rf"{_ZH_TEXTS}.*(?:太多|停|烦|够了|关掉|取消)|(?:不要|[别別]|不用)(?:再)?(?:给我)?(?:发|传|寄)(?:来|过来)?(?:了|啦)$|"
    r"[别別]烦我|骚扰|打扰|(?:发|打|找)错(?:人|号|号码)了|谁给你们?.*号码|不是本人|停止(?:吧|了)|"
    r"(?:不要|[别別]|停止)再?(?:给我)?打(?:电话|给我)"
)

_END = re.compile(r"[.!?;,:\n()\"“”。！？；，、：…~]+|\s-+\s|\s+but\s+")
_SPACES = re.compile(r"\s+")
#: Characters that are read; who wants no more texts says so early.
_READ = 600


def wish_of(text: str) -> Wish | None:
    """What `text` asks for, None where it is about something else. Keywords (sms_text.keyword) are looked for before.

    Any language's words count, whoever the customer is: people write in the language of the message or in their own.
    """
    plain = to_simplified(unicodedata.normalize("NFKC", text[:_READ]).casefold()).replace("’", "'")
    clauses = [_SPACES.sub(" ", part).strip() for part in _END.split(plain)]
    found = [wish for wish in (_of_clause(clause) for clause in clauses if clause) if wish is not None]
    whole = _SPACES.sub(" ", plain)
    if Wish.CLEAR in found and not (_BUT.search(whole) or _ZH_BUT.search(whole)):
        return Wish.CLEAR
    if found:
        return Wish.PERHAPS
    kept_going = _KEEP_GOING.search(whole) or _ZH_KEEP_GOING.search(whole)
    if not kept_going and (
        _HINTS.search(whole) or any(_ZH_HINTS.search(clause.replace(" ", "")) for clause in clauses)
    ):
        return Wish.PERHAPS
    return None


def _of_clause(clause: str) -> Wish | None:
    return _english(clause) or _chinese(clause.replace(" ", ""))


def _english(clause: str) -> Wish | None:
    if _ONLY_STOP.fullmatch(clause):
        return Wish.CLEAR
    if _KEEP_GOING.search(clause):
        return None
    demand = _DEMAND.search(clause)
    if demand is None:
        return None
    before, after = clause[: demand.start()], clause[demand.end() :]
    if _TURNS.search(before) or not _HARMLESS.fullmatch(after):
        return Wish.PERHAPS
    return Wish.CLEAR


def _chinese(clause: str) -> Wish | None:
    if _ZH_ONLY_STOP.fullmatch(clause):
        return Wish.CLEAR
    if _ZH_KEEP_GOING.search(clause):
        return None
    demand = _ZH_DEMAND.search(clause)
    if demand is None:
        return None
    before, after = clause[: demand.start()], clause[demand.end() :]
    if _ZH_BEFORE.fullmatch(before) and _ZH_HARMLESS.fullmatch(after):
        return Wish.CLEAR
    return Wish.PERHAPS
