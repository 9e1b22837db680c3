"""A problem in a file: the JSON document, and large matrices as files of numbers beside it.

10,000 places have 100 million ways; as text they would fill a gigabyte, and reading it would take minutes. In a file of
NumPy's own form they are mapped into memory, and read where somebody looks at them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.documents import document, parsed, read
from routing.errors import FaultyError
from routing.problem import Problem

LARGE = 1_000
"""Places from which on a matrix gets a file of its own."""

ENDING = ".npy"


def write_problem(problem: Problem, path: Path) -> None:
    """Write a problem; each large matrix goes to a file ``NAME.1.npy``, ``NAME.2.npy`` .. beside ``NAME.json``."""
    names: dict[int, str] = {}

    def table(numbers: NDArray[np.int32]) -> Any:
        if len(numbers) < LARGE:
            return numbers.tolist()
        if id(numbers) not in names:
            names[id(numbers)] = name = f"{path.stem}.{len(names) + 1}{ENDING}"
            draft = path.with_name(f"{name}.part")
            with draft.open("wb") as file:
                np.save(file, numbers)
            draft.replace(path.with_name(name))
        return names[id(numbers)]

    draft = path.with_name(path.name + ".part")
    draft.write_text(json.dumps(document(problem, table), ensure_ascii=False), encoding="utf-8")
    draft.replace(path)


def problem_of(text: str, folder: Path) -> Problem:
    """Read what `write_problem` wrote, given the document's text and the folder where its other files are.

    Raises
    ------
    InputError
        As `Problem.from_json` does; and when a file of numbers is missing or is none.
    """
    data = parsed(text, "problem")
    wrong: list[str] = []
    opened: dict[str, NDArray[Any]] = {}
    for at, matrix in _matrices(data):
        for field in ("durations", "distances"):
            name = matrix.get(field)
            if isinstance(name, str):
                try:
                    matrix[field] = opened[name] = opened[name] if name in opened else _mapped(folder, name)
                except (OSError, ValueError) as error:
                    wrong.append(f"{at}.{field}: {error}")
    if wrong:
        raise FaultyError("bad-problem", "The document cannot be read: %(faults)s.", wrong)
    problem: Problem = read(Problem, data)
    return problem


def _matrices(data: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each matrix of a problem's plain data, and where it stands."""
    if not isinstance(data, Mapping):
        return
    periods = data.get("periods", [])
    places = [("", data)]
    places += [(f"periods[{k}].", p) for k, p in enumerate(periods if isinstance(periods, list) else [])]
    for at, place in places:
        matrices = place.get("matrices") if isinstance(place, Mapping) else None
        for name, matrix in matrices.items() if isinstance(matrices, Mapping) else ():
            if isinstance(matrix, dict):
                yield f"{at}matrices[{name!r}]", matrix


def _mapped(folder: Path, name: str) -> NDArray[Any]:
    if Path(name).name != name or not name.endswith(ENDING):
        raise ValueError(f"{name!r} is no name of a file {ENDING} in the folder of the problem")
    try:
        return np.asarray(np.load(folder / name, mmap_mode="r", allow_pickle=False))
    except FileNotFoundError as error:
        raise ValueError(f"there is no file {name!r} beside the problem. Copy it there") from error
    except (EOFError, ValueError) as error:
        raise ValueError(f"the file {name!r} holds no numbers of NumPy's form. Copy it again") from error
