"""Problems in files: large matrices lie beside the document and are mapped; what is wrong with them is said."""

import json
import mmap
import os

import numpy as np
import pytest
from days import day, stop, truck

from routing import files
from routing.errors import InputError
from routing.files import problem_of, write_problem
from routing.problem import Matrix, Period, TimeWindow


@pytest.fixture
def large(monkeypatch):
    """Let every matrix be a large one."""
    monkeypatch.setattr(files, "LARGE", 1)


def town():
    problem = day([stop("a", 1), stop("b", 2)], [truck()])
    slow = {"road": Matrix(problem.matrices["road"].durations * 2, problem.matrices["road"].distances)}
    return problem.changed(periods=(Period(TimeWindow(0, 100), slow),))


def read(path):
    return problem_of(path.read_text(encoding="utf-8"), path.parent)


def mapped(array):
    while isinstance(array, np.ndarray):
        array = array.base
    return isinstance(array, mmap.mmap)


def test_small_matrices_stay_in_the_document(tmp_path):
    write_problem(town(), tmp_path / "day.json")
    assert os.listdir(tmp_path) == ["day.json"]
    assert (tmp_path / "day.json").read_text(encoding="utf-8") == town().to_json()
    assert read(tmp_path / "day.json").to_json() == town().to_json()


def test_large_ones_lie_beside_it_each_once_and_are_mapped(tmp_path, large):
    write_problem(town(), tmp_path / "day.json")
    assert sorted(os.listdir(tmp_path)) == ["day.1.npy", "day.2.npy", "day.3.npy", "day.json"]
    found = read(tmp_path / "day.json")
    assert found.to_json() == town().to_json()
    matrices = [found.matrices["road"], found.periods[0].matrices["road"]]
    assert all(mapped(m.durations) and mapped(m.distances) for m in matrices)
    assert matrices[0].distances is matrices[1].distances


def test_a_mapped_problem_can_be_written_over_itself(tmp_path, large):
    write_problem(town(), tmp_path / "day.json")
    write_problem(read(tmp_path / "day.json"), tmp_path / "day.json")
    assert read(tmp_path / "day.json").to_json() == town().to_json()


WRONG = {
    "missing": (lambda at: (at / "day.2.npy").unlink(), r"matrices\['road'\].distances: there is no file 'day.2.npy'"),
    "no numbers": (lambda at: (at / "day.1.npy").write_text("?"), "'day.1.npy' holds no numbers of NumPy's form"),
    "cut": (lambda at: os.truncate(at / "day.3.npy", 90), r"periods\[0\].*'day.3.npy' holds no numbers"),
    "empty": (lambda at: os.truncate(at / "day.1.npy", 0), "'day.1.npy' holds no numbers"),
    "objects": (lambda at: np.save(at / "day.1.npy", np.array([{}]), allow_pickle=True), "holds no numbers"),
    "fractions": (lambda at: np.save(at / "day.1.npy", np.zeros((10, 10))), "no table of whole numbers of 32 bits"),
    "another shape": (lambda at: np.save(at / "day.2.npy", np.zeros((3, 3), np.int32)), "not 10 x 10"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_a_file_is_said(tmp_path, large, case):
    spoil, sentence = WRONG[case]
    write_problem(town(), tmp_path / "day.json")
    spoil(tmp_path)
    with pytest.raises(InputError, match=sentence):
        read(tmp_path / "day.json")


@pytest.mark.parametrize("name", ["../day.1.npy", "/etc/passwd", "day.1.txt"])
def test_only_files_beside_the_problem_are_read(tmp_path, large, name):
    write_problem(town(), tmp_path / "day.json")
    data = json.loads((tmp_path / "day.json").read_text(encoding="utf-8"))
    data["matrices"]["road"]["durations"] = name
    with pytest.raises(InputError, match=r"is no name of a file \.npy in the folder of the problem"):
        problem_of(json.dumps(data), tmp_path)


@pytest.mark.parametrize(
    "text", ["[]", '{"matrices": 3}', '{"periods": 3}', '{"periods": [3]}', '{"matrices": {"a": 1}}']
)
def test_what_is_no_problem_is_refused(tmp_path, text):
    with pytest.raises(InputError, match="cannot be read"):
        problem_of(text, tmp_path)
