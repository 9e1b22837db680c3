"""Fields that take exactly what the description says, and tell what is wrong in sentences of ours."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, validate

from recycling.errors import N_, Fault, Listing


def _wrong(code: str, template: str, **values: object) -> list[Fault]:
    return [Fault("", code, template, values)]


COMMON: dict[str, Any] = {
    "required": _wrong("missing", N_("This is missing.")),
    "null": _wrong("null", N_("This must not be null; leave it out instead.")),
}
NOT_TEXT = _wrong("not-text", N_("This must be a text."))
NOT_WHOLE = _wrong("not-a-number", N_("This must be a whole number."))
NOT_NUMBER = _wrong("not-a-number", N_("This must be a number."))
NOT_YES_OR_NO = _wrong("not-true-or-false", N_("This must be true or false."))
NOT_DAY = _wrong("not-a-day", N_("This must be a day such as 2026-11-25."))
NOT_OBJECT = _wrong("not-an-object", N_("This must be a JSON object."))
NOT_LIST = _wrong("not-a-list", N_("This must be a list."))
UNKNOWN = _wrong("unknown-field", N_("There is no such field here. The documentation lists those that there are."))


class _Ours:
    """A validator that says what is wrong as a fault."""

    code, template = "", ""

    def _format_error(self, value: object, *_: object) -> Any:
        shown = Listing(map(str, getattr(self, "choices", None) or ()))
        low, high = getattr(self, "min", None), getattr(self, "max", None)
        return _wrong(self.code, self.template, low=low, high=high, choices=shown)


class Length(_Ours, validate.Length):
    """So many characters, or entries."""

    code, template = "bad-length", N_("This must have %(low)s to %(high)s characters or entries.")


class Range(_Ours, validate.Range):
    """A number between two."""

    code, template = "out-of-range", N_("This must lie between %(low)s and %(high)s.")


class OneOf(_Ours, validate.OneOf):
    """One of some words."""

    code, template = "unknown-choice", N_("This must be one of: %(choices)s.")


class Pattern(_Ours, validate.Regexp):
    """A text of some shape."""

    code, template = "bad-shape", N_("This has not the shape that the documentation shows.")


class Text(fields.String):
    """A text of some length."""

    default_error_messages: ClassVar[dict[str, Any]] = {**COMMON, "invalid": NOT_TEXT, "invalid_utf8": NOT_TEXT}

    def __init__(self, longest: int, shortest: int = 0, **more: Any) -> None:
        super().__init__(validate=[Length(shortest, longest), *more.pop("also", ())], **more)


class Whole(fields.Integer):
    """A whole number of JSON between two; 1.0 is one, "1" and true are not."""

    default_error_messages: ClassVar[dict[str, Any]] = {**COMMON, "invalid": NOT_WHOLE, "too_large": NOT_WHOLE}

    def __init__(self, low: int, high: int, **more: Any) -> None:
        super().__init__(validate=Range(low, high), **more)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        if isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, float) and value.is_integer())):
            raise ValidationError(NOT_WHOLE)
        return int(value)


class Number(fields.Float):
    """A finite number of JSON between two."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        **COMMON,
        "invalid": NOT_NUMBER,
        "too_large": NOT_NUMBER,
        "special": NOT_NUMBER,
    }

    def __init__(self, low: float, high: float, **more: Any) -> None:
        super().__init__(validate=Range(low, high), **more)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e9 or math.isnan(value):
            raise ValidationError(NOT_NUMBER)
        return float(value)


class YesNo(fields.Boolean):
    """A true or false of JSON."""

    default_error_messages: ClassVar[dict[str, Any]] = {**COMMON, "invalid": NOT_YES_OR_NO}

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError(NOT_YES_OR_NO)
        return value


class Day(fields.Date):
    """A calendar day, 2026-11-25."""

    default_error_messages: ClassVar[dict[str, Any]] = {**COMMON, "invalid": NOT_DAY, "format": NOT_DAY}

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> date:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            raise ValidationError(NOT_DAY)
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise ValidationError(NOT_DAY) from error


class WholeText(Whole):
    """A whole number in an address."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        if not re.fullmatch(r"-?[0-9]{1,9}", str(value), re.ASCII):
            raise ValidationError(NOT_WHOLE)
        return int(value)


class NumberText(Number):
    """A number in an address."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> float:
        if not re.fullmatch(r"-?[0-9]{1,9}(\.[0-9]{0,20})?([eE][-+]?[0-9]{1,2})?", str(value), re.ASCII):
            raise ValidationError(NOT_NUMBER)
        return float(value)


class YesNoText(YesNo):
    """A true or false in an address."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if value not in ("true", "false"):
            raise ValidationError(NOT_YES_OR_NO)
        return bool(value == "true")


class Codes(fields.List):
    """Codes of items, each of them once."""

    default_error_messages: ClassVar[dict[str, Any]] = {**COMMON, "invalid": NOT_LIST}

    def __init__(self, **more: Any) -> None:
        from recycling.booking.request import MOST_LINES

        super().__init__(Text(40, 1), validate=Length(0, MOST_LINES), **more)

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:
        if isinstance(value, list) and len(value) > self.validate.max:
            raise ValidationError(self.validate._format_error(value))  # before thousands of entries are looked at
        return tuple(sorted(set(super()._deserialize(value, *rest, **more))))


class Things(fields.Dict):
    """Codes of items with their pieces."""

    default_error_messages: ClassVar[dict[str, Any]] = {**COMMON, "invalid": NOT_OBJECT}

    def __init__(self, **more: Any) -> None:
        from recycling.booking.request import MOST_LINES, MOST_PIECES

        metadata = {"minProperties": 1, "maxProperties": MOST_LINES, **more.pop("metadata", {})}
        super().__init__(
            keys=Text(40, 1),
            values=Whole(1, MOST_PIECES, error_messages=COMMON),
            validate=Length(1, MOST_LINES),
            metadata=metadata,
            **more,
        )

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:
        if isinstance(value, dict) and not 1 <= len(value) <= self.metadata["maxProperties"]:
            raise ValidationError(self.validate._format_error(value))  # before thousands of entries are looked at
        return super()._deserialize(value, *rest, **more)


class Choices(fields.List):
    """A list of words, each one of some."""

    default_error_messages: ClassVar[dict[str, Any]] = {**COMMON, "invalid": NOT_LIST}

    def __init__(self, words: Iterable[str], most: int, **more: Any) -> None:
        super().__init__(Text(40, also=[OneOf(words)]), validate=Length(1, most), **more)


class Body(Schema):
    """A JSON object that holds nothing but its fields."""

    error_messages: ClassVar[dict[str, Any]] = {"unknown": UNKNOWN, "type": NOT_OBJECT}


class Answer(Schema):
    """What is answered."""


def faults_of(messages: Any, place: str, path: tuple[str, ...] = ()) -> list[Fault]:
    """Return all faults in what a schema found, each with its place: body, query or header, and the field."""
    if isinstance(messages, Mapping):
        return [f for name, below in messages.items() for f in faults_of(below, place, _longer(path, name))]
    if isinstance(messages, Fault):
        where = "".join(f"/{_escaped(p)}" for p in path) if place == "body" else path[0] if path else ""
        return [Fault(f"{place}:{where}", messages.code, messages.template, messages.values)]
    if isinstance(messages, Iterable) and not isinstance(messages, str):
        return [fault for below in messages for fault in faults_of(below, place, path)]
    raise TypeError(f"a fault without a sentence of ours: {messages!r}")


def _longer(path: tuple[str, ...], name: object) -> tuple[str, ...]:
    """Leave out the steps that only the library knows."""
    return path if name in ("_schema", "key", "value") and (name == "_schema" or len(path) > 1) else (*path, str(name))


def _escaped(part: str) -> str:
    return part[:60].replace("~", "~0").replace("/", "~1")
