"""Of several runs of an engine at once the best one counts."""

import json
from types import SimpleNamespace

import pytest

from benchmarks.measuring import REPORT, TASK, Job
from benchmarks.racing import Answer, race


def search(task, seed):
    """Find what the task has for the seed."""
    return Answer(*task["found"][str(seed)])


TOURS, OTHERS = [[0, [1, 2]]], [[0, [2, 1]]]
RACES = {
    "the cheaper one": ([2.0, 50, TOURS], [1.0, 40, OTHERS], (2.0, 40, OTHERS)),
    "one that keeps all rules": ([1.0, None, TOURS], [3.0, 90, OTHERS], (3.0, 90, OTHERS)),
    "one that has something": ([1.0, None, None], [1.0, None, TOURS], (1.0, None, TOURS)),
}


@pytest.mark.parametrize(("one", "other", "best"), RACES.values(), ids=RACES.keys())
def test_two_cores_search_with_seeds_of_their_own_and_the_best_is_reported(tmp_path, one, other, best):
    task = {"cores": 2, "repeat": 1, "seed": 3, "found": {"6": one, "7": other}}
    (tmp_path / TASK).write_text(json.dumps(task))
    race(search, Job(tmp_path))
    (row,) = map(json.loads, (tmp_path / REPORT).read_text().splitlines())
    told = SimpleNamespace(**row)
    assert (told.case, told.seconds, told.cost, told.tours) == ("search", *best)
