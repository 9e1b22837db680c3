"""The description's operations as the page shows them: fields by name, type and meaning, and an example to try."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recycling.catalogue import Name

EXAMPLES = {
    "token": "TOKEN",
    "photo": "PHOTO",
    "number": "SO-1001",
    "key": "5b1c8b5e-6f0e-4f43-9b3c-0e6a2a3f8f10",
    "Idempotency-Key": "5b1c8b5e-6f0e-4f43-9b3c-0e6a2a3f8f10",
    "If-Match": '"1"',
}
BODIES: Mapping[str, Mapping[str, object]] = {
    "keep": {"items": {"fridge": 1}, "community": "CODE", "day": "DAY", "window": "08:00-10:00"},
    "book": {
        "items": {"fridge": 1},
        "position": {"lon": 107.4738, "lat": 31.2062, "crs": "gcj02"},
        "address": "3栋2单元501",
        "floor": 5,
        "day": "DAY",
        "window": "08:00-10:00",
        "contact": "王女士",
        "phone": "13800138000",
    },
    "change": {"day": "DAY", "window": "10:00-12:00", "items": {"fridge": 1, "paper": 2}},
    "ask_for_plan": {"depot": "DEP-01", "day": "DAY"},
    "send_order": {
        "community": "CODE",
        "address": "3栋2单元501",
        "contact": "王女士",
        "phone": "13800138000",
        "new_item": "fridge",
        "old_items": {"fridge": 1},
        "day": "DAY",
        "window": "09:00-12:00",
    },
    "send_round_order": {
        "community": "CODE",
        "address": "3组12号",
        "contact": "王女士",
        "phone": "13800138000",
        "new_item": "fridge",
        "old_items": {"fridge": 1},
    },
    "ask": {"wish": "move", "note": "星期五下午"},
    "wait_for_round": {
        "items": {"fridge": 1},
        "community": "CODE",
        "address": "3组12号",
        "contact": "王女士",
        "phone": "13800138000",
    },
    "wait": {
        "items": {"fridge": 1},
        "community": "CODE",
        "address": "3栋2单元501",
        "contact": "王女士",
        "phone": "13800138000",
    },
}


FORMS: Mapping[str, tuple[str, ...]] = {"add_photo": ("photo=@fridge.jpg", "kind=item")}


@dataclass(frozen=True)
class ShownField:
    """One field: where it stands, what it is, and what it means."""

    name: str
    place: str
    kind: str
    required: bool
    meaning: str


@dataclass(frozen=True)
class ShownOperation:
    """One operation as the page shows it."""

    name: str
    method: str
    path: str
    summary: str
    tag: str
    sent: list[ShownField]
    status: str
    answered: list[ShownField]
    example: str


def shown(description: Mapping[str, Any], site: str) -> list[ShownOperation]:
    """Return all operations in the order in which they are described; examples call them at the address `site`."""
    found = []
    schemas = description["components"]["schemas"]
    for path, item in description["paths"].items():
        for method in ("get", "post", "put", "patch", "delete"):
            if method not in item:
                continue
            said = item[method]
            parameters = [*item.get("parameters", ()), *said.get("parameters", ())]
            sent = [_parameter(p) for p in parameters]
            body = _schema(said.get("requestBody", {}))
            sent += _fields(schemas, body, "body")
            status = next(code for code in said["responses"] if code.startswith("2"))
            answer = _schema(said["responses"][status])
            name = said["operationId"]
            found.append(
                ShownOperation(
                    name,
                    method.upper(),
                    path,
                    said["summary"],
                    said["tags"][0],
                    sent,
                    status,
                    _fields(schemas, answer, "answer"),
                    _curl(name, method.upper(), site + path, parameters),
                )
            )
    return found


def _schema(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a body or an answer looks like, whatever it is written in."""
    return next((content.get("schema", {}) for content in said.get("content", {}).values()), {})


def _parameter(said: Mapping[str, Any]) -> ShownField:
    meaning = said.get("description", said["schema"].get("description", ""))
    return ShownField(said["name"], said["in"], _kind(said["schema"]), said.get("required", False), meaning)


def _fields(schemas: Mapping[str, Any], schema: Mapping[str, Any], place: str, prefix: str = "") -> list[ShownField]:
    schema = _followed(schemas, schema)
    found = []
    for name, said in schema.get("properties", {}).items():
        required = name in schema.get("required", ())
        below = _followed(schemas, said.get("items", said))
        found.append(ShownField(prefix + name, place, _kind({**below, **said}), required, said.get("description", "")))
        if "properties" in below and set(below["properties"]) != set(Name.model_fields):
            mark = "[]." if "items" in said else "."
            found += _fields(schemas, below, place, f"{prefix}{name}{mark}")
    return found


def _followed(schemas: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    options = [schema, *schema.get("allOf", ()), *schema.get("anyOf", ())]
    named = next((o["$ref"] for o in options if "$ref" in o), "")
    return schemas[named.rsplit("/", 1)[-1]] if named else schema


def _kind(schema: Mapping[str, Any]) -> str:
    types = schema.get("type", "object")
    word = " / ".join(types) if isinstance(types, list) else str(types)
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"] if value is not None)
    more = schema.get("format", "")
    return f"{word} ({more})" if more else word


def _curl(name: str, method: str, address: str, parameters: list[Mapping[str, Any]]) -> str:
    queries, headers = [], []
    for said in parameters:
        example = EXAMPLES.get(said["name"]) or said.get("example") or said["schema"].get("example")
        if said["in"] == "path":
            address = address.replace(f"{{{said['name']}}}", str(example))
        elif said["in"] == "header":
            headers.append(f"{said['name']}: {example}")
        elif said.get("required") and example is not None:
            queries.append(f"{said['name']}={example}")
    plain = method == "GET" or (name in (*BODIES, *FORMS) and method == "POST")
    words = ["curl", *([] if plain else ["-X", method])]
    for header in headers:
        words += ["-H", header]
    words += [word for part in FORMS.get(name, ()) for word in ("-F", part)]
    if name in BODIES:
        words += ["--json", json.dumps(BODIES[name], ensure_ascii=False)]
    if name == "slots":
        queries.append("community=CODE")
    return shlex.join([*words, address + ("?" + "&".join(queries) if queries else "")])
