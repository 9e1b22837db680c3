"""A built network on disk: plain arrays, mapped into memory when it is opened."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FORMAT = "3"
"""Raised whenever the arrays or the way they are made change, so that older ones are built anew."""

Arrays = dict[str, NDArray[Any]]


def save(folder: Path, key: str, arrays: Mapping[str, NDArray[Any]], words: Mapping[str, Any]) -> None:
    """Write arrays and words as ``folder/KEY``, in one step, and take away what was built under other keys.

    Readers of the older arrays keep what they have mapped. Of two writers at the same time one wins; both wrote the
    same. An `OSError` says that there is no room or no right to write; nothing is half there then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{uuid.uuid4().hex}.tmp"
    try:
        draft.mkdir()
        for name, values in arrays.items():
            np.save(draft / f"{name}.npy", values)
        (draft / "words.json").write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
        try:
            os.rename(draft, folder / key)
        except OSError:
            if read(folder, key) is None:  # what stands there is no whole network: replace it
                shutil.rmtree(folder / key, ignore_errors=True)
                os.rename(draft, folder / key)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    for other in folder.iterdir():
        if other.name not in (key, draft.name) and not other.name.startswith("."):
            shutil.rmtree(other, ignore_errors=True)


def read(folder: Path, key: str | None = None) -> tuple[Arrays, dict[str, Any]] | None:
    """Map what was saved, the only network in the folder if no key is given; None when it is not whole."""
    if key is None:
        keys = sorted(p.name for p in folder.iterdir() if not p.name.startswith(".")) if folder.is_dir() else []
        if len(keys) != 1:
            return None
        (key,) = keys
    place = folder / key
    try:
        words = json.loads((place / "words.json").read_text(encoding="utf-8"))
        return {name: _mapped(place / f"{name}.npy") for name in words["arrays"]}, words
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _mapped(file: Path) -> NDArray[Any]:
    if file.stat().st_size < 4096:  # an empty array cannot be mapped, and a small one need not be
        small: NDArray[Any] = np.load(file)
        return small
    # copy on write: the compiled loops take arrays that may be written to, the file stays as it is
    return np.asarray(np.load(file, mmap_mode="c"))
