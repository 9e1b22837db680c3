"""Problems and plans as JSON documents: frozen dataclasses to plain data and back, by their own type hints."""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Union, get_args, get_origin

import numpy as np
from numpy.typing import NDArray

from routing.errors import FaultyError, InputError
from routing.faults.kinds import LARGEST, hints, short, wrong_kinds


def document(value: Any, table: Callable[[NDArray[np.int32]], Any] = np.ndarray.tolist) -> Any:
    """Return plain data; fields that hold their default are left out, sets come in order, ``table`` writes arrays."""
    if is_dataclass(value):
        return {f.name: document(getattr(value, f.name), table) for f in fields(value) if not _is_default(f, value)}
    if isinstance(value, np.ndarray):
        return table(value)
    if isinstance(value, Mapping):
        return {key: document(item, table) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [document(item, table) for item in value]
    return value


def _is_default(f: Any, owner: Any) -> bool:
    value = getattr(owner, f.name)
    if f.default is not MISSING:
        return bool(value is f.default or (type(value) is type(f.default) and value == f.default))
    return f.default_factory is not MISSING and not value


def parsed(text: str, what: str) -> Any:
    """Return the data of a JSON text.

    Raises
    ------
    InputError
        When it is none, with the line.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(
            "not-json",
            "The %(document)s is not JSON: line %(line)s, %(what)s.",
            document=what,
            line=getattr(error, "lineno", 1),
            what=getattr(error, "msg", "nested too deep" if isinstance(error, RecursionError) else "a number too long"),
        ) from error


def read(kind: Any, data: Any) -> Any:
    """Return what `document` made plain, as an instance of the dataclass ``kind``.

    Raises
    ------
    InputError
        Fields that are missing, unknown or no list where a list belongs, all of them, each with its path; or else
        all values of the wrong kind.
    """
    wrong: list[str] = []
    value = _value(kind, data, "", wrong)
    if not wrong:
        wrong += wrong_kinds(value)
    if wrong:
        raise FaultyError("bad-problem", "The document cannot be read: %(faults)s.", wrong)
    return value


def _value(kind: Any, data: Any, path: str, wrong: list[str]) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        if data is None and type(None) in inner:
            return None
        return _value(next(k for k in inner if k is not type(None)), data, path, wrong)
    if is_dataclass(kind):
        return _record(kind, data, path, wrong)
    if kind == NDArray[np.int32]:
        return _table(data, path, wrong)
    if origin is tuple:
        items = _list(data, path, wrong)
        return tuple(_value(inner[0], item, f"{path}[{i}]", wrong) for i, item in enumerate(items))
    if origin is frozenset:
        return frozenset(item for item in _list(data, path, wrong) if _plain(item, path, wrong))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        if not isinstance(data, dict):
            wrong.append(f"{path or 'document'}: {short(data)} is no table of names")
            return {}
        return {key: _value(inner[1], item, f"{path}[{key!r}]", wrong) for key, item in data.items()}
    return data


def _record(kind: Any, data: Any, path: str, wrong: list[str]) -> Any:
    if not isinstance(data, dict):
        wrong.append(f"{path or 'document'}: {short(data)} is no table of fields")
        return None
    at = f"{path}." if path else ""
    known = {f.name: f for f in fields(kind)}
    before = len(wrong)
    wrong += [f"{at}{name}: is no field here" for name in data if name not in known]
    wrong += [f"{at}{name}: is missing" for name, f in known.items() if name not in data and _needed(f)]
    values = {name: _value(hints(kind)[name], data[name], at + name, wrong) for name in known if name in data}
    return None if len(wrong) > before else kind(**values)


def _needed(f: Any) -> bool:
    return f.default is MISSING and f.default_factory is MISSING


def _list(data: Any, path: str, wrong: list[str]) -> list[Any]:
    if isinstance(data, list):
        return data
    wrong.append(f"{path}: {short(data)} is no list")
    return []


def _plain(item: Any, path: str, wrong: list[str]) -> bool:
    if isinstance(item, (list, dict)):
        wrong.append(f"{path}: {short(item)} is no single value")
        return False
    return True


def _table(data: Any, path: str, wrong: list[str]) -> NDArray[np.int32]:
    if isinstance(data, np.ndarray):
        return data
    empty = np.zeros((0, 0), dtype=np.int32)
    rows = _list(data, path, wrong)
    if not rows:
        return empty
    try:
        table = np.asarray(rows)
    except (ValueError, OverflowError):
        wrong.append(f"{path}: its rows are not all of one length")
        return empty
    large = table.dtype.kind == "i" and (table.max(initial=0) > LARGEST or table.min(initial=0) < -LARGEST)
    if table.dtype.kind != "i" or table.ndim != 2 or large:
        wrong.append(f"{path}: holds something that is no whole number of 32 bits")
        return empty
    return table.astype(np.int32)
