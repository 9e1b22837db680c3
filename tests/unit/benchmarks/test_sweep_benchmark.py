"""The benchmark of many variants: its network, and its rows without a cluster."""

import pytest

from benchmarks.sweep import made_up, measured
from recycling.sites.variants import evaluate


def test_the_same_seed_gives_the_same_variants_and_there_are_so_many():
    work = made_up(300, 3)
    assert len(work.jobs) == 300
    assert len(set(map(str, work.jobs))) == 300
    again = made_up(300, 3)
    assert again.jobs == work.jobs
    first, second = (evaluate(one.grounds[0], one.jobs[0].task) for one in (work, again))
    assert first == second
    assert first != evaluate(made_up(300, 4).grounds[0], work.jobs[0].task)


@pytest.mark.parametrize("kill", [False, True])
def test_two_processes_give_what_one_gives_with_one_killed_too(kill):
    work = made_up(60, 3)
    _, base = measured("here", work, False, None, None)
    row, found = measured("local", work, kill, base, 1.0)
    assert (row.results, row.equal, row.workers) == (60, True, 2)
    assert row.to_local == pytest.approx(row.seconds - 1)
    assert bool(row.note) == kill
    assert found == base
    wrong, _ = measured("here", work, False, base[::-1], None)
    assert not wrong.equal
