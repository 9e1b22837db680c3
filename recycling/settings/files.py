"""TOML files, and what is wrong in one: file, line, key and remedy."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings

from recycling.errors import N_, ConfigurationError, Fault

PREFIX = "RECYCLING_"
"""Begins the name of every environment variable of ours."""


def home() -> Path:
    """Return the folder that holds ``config`` and ``data``: RECYCLING_HOME, or the checkout of this package."""
    return Path(os.environ.get("RECYCLING_HOME") or Path(__file__).resolve().parents[2])


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    ConfigurationError
        When the file is missing or is not TOML; the sentence names file, line and column.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        if path.exists():
            raise ConfigurationError.one(
                "config-unreadable",
                N_("%(file)s cannot be read: %(what)s. It must be a file that this user may read."),
                file=_short(path),
                what=error.strerror,
            ) from error
        raise ConfigurationError.one(
            "config-missing", N_("%(file)s is not there. Restore it from the release."), file=_short(path)
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError.one(
            "config-syntax", N_("%(file)s is not valid TOML: %(what)s."), file=_short(path), what=error
        ) from error


def configuration_error(paths: Sequence[Path], error: ValidationError, model: type[BaseModel]) -> ConfigurationError:
    """Turn what pydantic found into sentences that name the file, the line, the key and the remedy.

    Of several `paths` the one that holds the key is named, the first one if they are equal in that.
    """
    faults = []
    texts = {path: path.read_text(encoding="utf-8-sig") if path.is_file() else "" for path in paths}
    for found in error.errors():
        keys = [str(k) for k in found["loc"]]
        message = str(found["msg"]).removeprefix("Value error, ")
        if not keys and ": " in message:  # a rule between tables, that names its place itself
            where, message = message.split(": ", 1)
            keys = where.split(".")
        key = ".".join(keys)
        lines = {path: _line_of(text, keys) for path, text in texts.items()}
        path = max(lines, key=lambda p: lines[p][0])
        depth, line = lines[path]
        place = f"{_short(path)}:{line}" if depth else _short(path)
        variable = PREFIX + "__".join(keys).upper()
        if issubclass(model, BaseSettings) and variable in {name.upper() for name in os.environ}:
            place = variable
        if found["type"] == "extra_forbidden":
            near = difflib.get_close_matches(keys[-1], _known_keys(model), n=1)
            if near:
                faults.append(
                    Fault(
                        key,
                        "config-unknown-key",
                        N_("%(place)s: the key %(key)s is unknown. Did you mean %(near)s?"),
                        {"place": place, "key": key, "near": near[0]},
                    )
                )
            else:
                faults.append(
                    Fault(
                        key,
                        "config-unknown-key",
                        N_("%(place)s: the key %(key)s is unknown. Take it out."),
                        {"place": place, "key": key},
                    )
                )
        elif found["type"] == "missing":
            faults.append(
                Fault(
                    key,
                    "config-missing-key",
                    N_("%(place)s: the key %(key)s is missing. Add it."),
                    {"place": place, "key": key},
                )
            )
        elif isinstance(found["input"], Mapping) and found["type"] == "value_error":
            faults.append(
                Fault(
                    key,
                    "config-bad-value",
                    N_("%(place)s: %(key)s: %(what)s."),
                    {"place": place, "key": key, "what": message},
                )
            )
        else:
            faults.append(
                Fault(
                    key,
                    "config-bad-value",
                    N_("%(place)s: %(key)s cannot be %(value)s: %(what)s."),
                    {"place": place, "key": key, "value": repr(found["input"]), "what": message},
                )
            )
    return ConfigurationError(*faults)


def _known_keys(model: type[BaseModel]) -> list[str]:
    keys: list[str] = []
    for name, info in model.model_fields.items():
        keys.append(info.alias or name)
        for inner in (info.annotation, *getattr(info.annotation, "__args__", ())):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                keys += _known_keys(inner)
    return keys


def _line_of(text: str, keys: list[str]) -> tuple[int, int]:
    """How many of the keys, outermost first, a line of a TOML file stands for, and which line; the best there is."""
    best, table = (0, 0), list[str]()
    counts = Counter[str]()
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.split("#")[0].strip()
        if bare.startswith("["):
            name = bare.strip("[] ")
            table = _key_parts(name)
            if bare.startswith("[["):
                table.append(str(counts[name]))
                counts[name] += 1
            path = table
        elif "=" in bare:
            path = [*table, *_key_parts(bare.split("=")[0])]
        else:
            continue
        depth = min(len(path), len(keys))
        if path[:depth] == keys[:depth] and depth > best[0]:
            best = depth, number
    return best


def _key_parts(text: str) -> list[str]:
    return [part.strip(" \"'") for part in text.split(".")]


def _short(path: Path) -> str:
    return str(path.relative_to(home())) if path.is_relative_to(home()) else str(path)
