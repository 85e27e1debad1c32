"""Twilio's own description of its REST: which operation a request is, and whether fields and answers are right.

Form fields arrive as text and are read by their declared type first; OpenAPI's `nullable` becomes JSON Schema's null.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs

from tests.twilio_emulator import published

Schema = dict[str, Any]
Form = dict[str, list[str]]

FORM = "application/x-www-form-urlencoded"
DOCUMENTS = ("twilio_api_v2010.json", "twilio_messaging_v1.json")
#: Fields that a newer library may send and the pinned files do not know; none is needed now.
NEWER_FIELDS: frozenset[str] = frozenset()


class SpecBreach(AssertionError):
    """The emulator itself answered what Twilio's file does not allow."""


def _request_uri(text: str) -> bool:
    """Absolute, http or https; empty means none (the spec cannot say so, Twilio's texts do: an empty WaitUrl)."""
    parts = urlsplit(text)
    return text == "" or (parts.scheme in {"http", "https"} and bool(parts.netloc) and " " not in text)


def _rfc_2822(text: str) -> bool:
    try:
        parsedate_to_datetime(text)
    except ValueError:
        return False
    return True


def _with_null(schema: Schema) -> Schema:
    """The schema with `nullable` told in JSON Schema's words, all the way down."""
    done: Schema = {}
    for key, value in schema.items():
        if key == "properties":
            done[key] = {name: _with_null(inner) for name, inner in value.items()}
        elif key in {"items", "additionalProperties"} and isinstance(value, dict):
            done[key] = _with_null(value)
        elif key in {"anyOf", "allOf", "oneOf"}:
            done[key] = [_with_null(inner) for inner in value]
        elif key not in {"nullable", "description", "example", "examples", "x-twilio"}:
            done[key] = value
    if not schema.get("nullable"):
        return done
    if "$ref" in done:
        return {"anyOf": [done, {"type": "null"}]}
    if "type" in done:
        kinds = done["type"] if isinstance(done["type"], list) else [done["type"]]
        done["type"] = [*kinds, "null"]
    if "enum" in done:
        done["enum"] = [*done["enum"], None]
    return done


def _slips_allowed(schemas: dict[str, Schema]) -> None:
    """What Twilio's own examples show and its schemas forget: `price` as text, no reason yet, no application."""
    for schema in schemas.values():
        for name, inner in schema.get("properties", {}).items():
            if name == "price" and inner.get("type") == "number":
                inner["type"] = ["number", "string"]
            if name == "reason_conference_ended":
                inner["nullable"] = True
            if name in {"sms_application_sid", "voice_application_sid"}:
                inner |= {"minLength": 0, "pattern": "^(AP[0-9a-fA-F]{32})?$"}


@dataclass(frozen=True)
class Operation:
    """One method on one path of Twilio's file."""

    method: str
    path: str  # the template: names in braces
    raw: Schema = field(repr=False)
    spec: Spec = field(repr=False)

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def _parameters(self, place: str) -> dict[str, Schema]:
        return {p["name"]: p["schema"] for p in self.raw.get("parameters", []) if p["in"] == place}

    @property
    def form(self) -> Schema:
        """The schema of the form; without properties where there is none."""
        found: Schema = self.raw.get("requestBody", {}).get("content", {}).get(FORM, {}).get("schema", {})
        return found

    def path_problems(self, names: Mapping[str, str]) -> list[str]:
        """What is wrong with the SIDs in the path, in words."""
        return [p for name, schema in self._parameters("path").items() for p in self._one(name, schema, [names[name]])]

    def query_problems(self, fields: Form) -> list[str]:
        return list(self._problems(self._parameters("query"), [], fields))

    def form_problems(self, fields: Form) -> list[str]:
        """What is wrong with the form, in words; empty when Twilio's file allows it."""
        return list(self._problems(self.form.get("properties", {}), self.form.get("required", []), fields))

    def _problems(self, known: Mapping[str, Schema], required: list[str], fields: Form) -> Iterator[str]:
        yield from (f"{name}: is required" for name in required if name not in fields)
        for name, values in fields.items():
            if name in known:
                yield from self._one(name, known[name], values)
            elif name not in NEWER_FIELDS:
                yield f"{name}: is not a field of {self.name}"

    def _one(self, name: str, schema: Schema, values: list[str]) -> Iterator[str]:
        schema = self.spec.resolved(schema)
        if schema.get("type") != "array" and len(values) > 1:
            yield f"{name}: comes {len(values)} times"
        value = _typed(schema, values, self.spec)
        for error in _validator(self.spec, "request", self.method, self.path, name).iter_errors(value):
            yield f"{name}: {error.message}"

    def answer_schema(self, status: int) -> Schema | None:
        response = self.raw["responses"].get(str(status))
        if response is None:
            raise SpecBreach(f"{self.name} never answers {status}")
        found: Schema | None = response.get("content", {}).get("application/json", {}).get("schema")
        return found

    def check_answer(self, status: int, body: object) -> None:
        """Nothing, when Twilio's file allows this answer with nothing beyond it.

        Raises:
            SpecBreach: it does not.
        """
        schema = self.answer_schema(status)
        if schema is None:
            if body is not None:
                raise SpecBreach(f"{self.name} {status} has no body")
            return
        for error in _validator(self.spec, "answer", self.method, self.path, str(status)).iter_errors(body):
            raise SpecBreach(f"{self.name} {status}: {list(error.instance_path)}: {error.message}")
        beyond = set(body if isinstance(body, dict) else {}) - set(self.spec.resolved(schema).get("properties", {}))
        if beyond:
            raise SpecBreach(f"{self.name} {status}: fields that Twilio does not have: {sorted(beyond)}")

    def examples(self) -> Iterator[tuple[str, int, object]]:
        """Twilio's own response examples: name, status, body."""
        for status, response in self.raw["responses"].items():
            for name, example in response.get("content", {}).get("application/json", {}).get("examples", {}).items():
                yield name, int(status), example["value"]


def _typed(schema: Schema, values: list[str], spec: Spec) -> object:
    kind = schema.get("type")
    if kind == "array":
        items = spec.resolved(schema.get("items", {}))
        return [_typed(items, [value], spec) for value in values]
    text = values[-1]
    if kind == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "number" and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    if kind == "boolean" and text.lower() in {"true", "false"}:
        return text.lower() == "true"
    return text


class Spec:
    """One of Twilio's files."""

    def __init__(self, document: Schema) -> None:
        self.schemas: dict[str, Schema] = copy.deepcopy(document["components"]["schemas"])
        _slips_allowed(self.schemas)
        self.operations: dict[tuple[str, str], Operation] = {}
        self._patterns: list[tuple[re.Pattern[str], str]] = []
        for path, item in document["paths"].items():
            for method, raw in item.items():
                if method in {"get", "post", "delete", "put"}:
                    self.operations[method.upper(), path] = Operation(method.upper(), path, raw, self)
            names = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path))
            # A SID never eats the suffix: "…/Calls/{Sid}.json".
            self._patterns.append((re.compile(names.replace("[^/]+)\\.json", "[^/]+?)\\.json")), path))
        self._patterns.sort(key=lambda pair: pair[1].count("{"))

    def resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self.schemas[schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def match(self, path: str) -> tuple[str, dict[str, str]] | None:
        """The template of a path and the names in it; None when Twilio's file has no such path."""
        for pattern, template in self._patterns:
            if (found := pattern.fullmatch(path)) is not None:
                return template, found.groupdict()
        return None


@cache
def _validator(spec: Spec, kind: str, method: str, path: str, name: str) -> jsonschema_rs.Validator:
    operation = spec.operations[method, path]
    if kind == "request":
        known = {
            **operation._parameters("path"),
            **operation._parameters("query"),
            **operation.form.get("properties", {}),
        }
        schema = known[name]
    else:
        schema = operation.answer_schema(int(name)) or {}
    whole = {**_with_null(schema), "components": {"schemas": _used_by(spec, schema)}}
    formats = {"uri": _request_uri if kind == "request" else lambda _: True, "date-time-rfc-2822": _rfc_2822}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True, formats=formats)


def _used_by(spec: Spec, schema: Schema) -> dict[str, Schema]:
    """The schemas that one refers to, however deep: all of them would take far longer to compile."""
    found: dict[str, Schema] = {}
    left = [schema]
    while left:
        for name in re.findall(r"#/components/schemas/([^']+)'", repr(left.pop())):
            if name not in found:
                found[name] = _with_null(spec.schemas[name])
                left.append(spec.schemas[name])
    return found


@cache
def specs() -> tuple[Spec, ...]:
    """Twilio's files, read once per process."""
    return tuple(Spec(published.document(name)) for name in DOCUMENTS)


def find(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """The operation of a request and the names in its path; None when Twilio's files have none."""
    for spec in specs():
        matched = spec.match(path)
        if matched is not None and (method, matched[0]) in spec.operations:
            return spec.operations[method, matched[0]], matched[1]
    return None
