"""Which verbs and attributes TwiML has: read off the signatures of Twilio's own library, so that it cannot drift."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass

from twilio.twiml import GenericNode, TwiML, lower_camel
from twilio.twiml import voice_response as library

#: Attributes that the library takes as the element's text.
_TEXT = {"message", "url", "name", "number", "phone_number", "client_identity", "identity", "body", "words", "sid"}


@dataclass(frozen=True)
class Element:
    """What may stand in and on an element."""

    attributes: frozenset[str]
    children: frozenset[str]


def _class_of(parent: type[TwiML], method: str) -> str:
    """The element that a builder's method adds."""
    found = re.search(r"self\.nest\(\s*(\w+)\(", inspect.getsource(getattr(parent, method)))
    return found.group(1) if found else ""


def _tag(cls: type[TwiML], arguments: int) -> str:
    made = cls(*[""] * arguments)
    return str(made.name)


def _methods(cls: type[TwiML]) -> list[str]:
    return [name for name, made in vars(cls).items() if inspect.isfunction(made) and not name.startswith("_")]


def _required(cls: type[TwiML]) -> int:
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    return sum(p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters)


def _grammar() -> dict[str, Element]:
    classes = {
        name: cls
        for name, cls in inspect.getmembers(library, inspect.isclass)
        if issubclass(cls, TwiML) and cls is not GenericNode and cls.__module__ == library.__name__
    }
    tags = {name: _tag(cls, _required(cls)) for name, cls in classes.items()}
    attributes: dict[str, set[str]] = {tag: set() for tag in tags.values()}
    children: dict[str, set[str]] = {tag: set() for tag in tags.values()}
    for name, cls in classes.items():
        for method in _methods(cls):
            child = _class_of(cls, method)
            if child not in tags:
                continue
            children[tags[name]].add(tags[child])
            for parameter in inspect.signature(getattr(cls, method)).parameters.values():
                if parameter.name not in {"self", *_TEXT} and parameter.kind is not parameter.VAR_KEYWORD:
                    attributes[tags[child]].add(lower_camel(TwiML.MAP.get(parameter.name, parameter.name)))
    attributes["Parameter"] = {"name", "value"}
    for noun in ("Client", "Number", "Queue", "Sip"):  # here `url` is a document to run first, and no text
        attributes[noun].add("url")
    return {tag: Element(frozenset(attributes[tag]), frozenset(children[tag])) for tag in attributes}


GRAMMAR = _grammar()

#: Which verbs a document may have, by where it is run.
PLACES: dict[str, frozenset[str]] = {
    "call": GRAMMAR["Response"].children - {"Leave", "Queue"},
    "wait": frozenset({"Play", "Say", "Pause", "Hangup", "Redirect", "Leave", "Gather"}),
    "hold": frozenset({"Play", "Say", "Pause", "Redirect"}),
    "screen": frozenset({"Play", "Say", "Pause", "Redirect", "Gather", "Hangup"}),
}

_SAY_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?-[A-Z]{2}$|arb$")
_GATHER_CHINESE = {"cmn-Hans-CN", "cmn-Hant-TW", "yue-Hant-HK", "zh-TW", "zh-CN", "zh-HK"}
_EVENTS_OF_ROOM = {"start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement"}
_EVENTS_OF_CALL = {"initiated", "ringing", "answered", "completed"}
_EVENTS_OF_RECORDING = {"in-progress", "completed", "absent"}
_RECORD_OF_DIAL = {"do-not-record", "true", "false"} | {
    f"record-from-{when}{dual}" for when in ("answer", "ringing") for dual in ("", "-dual")
}


def _one_of(*words: str) -> Callable[[str], bool]:
    return lambda value: value in words


def _some_of(words: set[str]) -> Callable[[str], bool]:
    return lambda value: bool(value.split()) and set(value.split()) <= words


def _number(least: int, most: int) -> Callable[[str], bool]:
    return lambda value: value.isdecimal() and least <= int(value) <= most


def _gather_language(value: str) -> bool:
    return value in _GATHER_CHINESE or (not value.startswith(("zh", "cmn", "yue")) and bool(_SAY_LANGUAGE.match(value)))


_flag = _one_of("true", "false")
_method = _one_of("GET", "POST")

#: What a value must be, by element and attribute ("*" is any element). What is not here is taken as it is.
VALUES: dict[tuple[str, str], Callable[[str], bool]] = {
    ("*", "method"): _method,
    ("*", "waitMethod"): _method,
    ("*", "waitUrlMethod"): _method,
    ("*", "statusCallbackMethod"): _method,
    ("*", "recordingStatusCallbackMethod"): _method,
    ("*", "recordingStatusCallbackEvent"): _some_of(_EVENTS_OF_RECORDING),
    ("*", "loop"): _number(0, 1000),
    ("Say", "language"): lambda value: bool(_SAY_LANGUAGE.match(value)) and value not in {"zh-Hans", "zh-Hant"},
    ("Play", "digits"): lambda value: bool(re.fullmatch(r"[0-9*#wWA-D]+", value)),
    ("Pause", "length"): _number(0, 86400),
    ("Gather", "input"): _some_of({"dtmf", "speech"}),
    ("Gather", "timeout"): _number(0, 600),
    ("Gather", "numDigits"): _number(1, 1000),
    ("Gather", "finishOnKey"): lambda value: bool(re.fullmatch(r"[0-9*#]?", value)),
    ("Gather", "speechTimeout"): lambda value: value == "auto" or value.isdecimal(),
    ("Gather", "actionOnEmptyResult"): _flag,
    ("Gather", "bargeIn"): _flag,
    ("Gather", "language"): _gather_language,
    ("Dial", "timeout"): _number(1, 600),
    ("Dial", "timeLimit"): _number(1, 86400),
    ("Dial", "answerOnBridge"): _flag,
    ("Dial", "hangupOnStar"): _flag,
    ("Dial", "sequential"): _flag,
    ("Dial", "record"): lambda value: value in _RECORD_OF_DIAL,
    ("Conference", "muted"): _flag,
    ("Conference", "beep"): _one_of("true", "false", "onEnter", "onExit"),
    ("Conference", "startConferenceOnEnter"): _flag,
    ("Conference", "endConferenceOnExit"): _flag,
    ("Conference", "maxParticipants"): _number(2, 250),
    ("Conference", "record"): _one_of("do-not-record", "record-from-start", "true", "false"),
    ("Conference", "trim"): _one_of("trim-silence", "do-not-trim"),
    ("Conference", "coach"): lambda value: bool(re.fullmatch(r"CA[0-9a-f]{32}", value)),
    ("Conference", "participantLabel"): lambda value: 0 < len(value) <= 128,
    ("Conference", "statusCallbackEvent"): _some_of(_EVENTS_OF_ROOM),
    ("Client", "statusCallbackEvent"): _some_of(_EVENTS_OF_CALL),
    ("Number", "statusCallbackEvent"): _some_of(_EVENTS_OF_CALL),
    ("Record", "timeout"): _number(0, 600),
    ("Record", "maxLength"): _number(1, 14400),
    ("Record", "playBeep"): _flag,
    ("Record", "finishOnKey"): lambda value: bool(re.fullmatch(r"[0-9*#]*", value)),
    ("Record", "trim"): _one_of("trim-silence", "do-not-trim"),
    ("Reject", "reason"): _one_of("rejected", "busy"),
}


def value_is_right(tag: str, attribute: str, value: str) -> bool:
    """Whether an attribute of a known element has a value that Twilio takes."""
    rule = VALUES.get((tag, attribute)) or VALUES.get(("*", attribute))
    return rule is None or rule(value)
