"""Laws of the stock: every unit sums to zero, nothing is negative, doing all of it twice is doing it once."""

import shutil

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from trial_counts import so_many

from recycling.db import Database
from recycling.errors import BadRequestError
from recycling.ledger.trial import trial
from recycling.models import LedgerAccount, LedgerEntry, LedgerLine
from recycling.stock import collect, hand_over, load_of, stock_of, unload
from recycling.stock.differences import Scale, weigh_in
from recycling.stock.movements import HAND_IN, Deed

MATERIALS = ("paper", "plastic", "glass")
GRAMS = st.integers(0, 5000)
PARTS = st.none() | st.dictionaries(st.sampled_from(MATERIALS), GRAMS, min_size=1)
DEEDS = st.lists(
    st.tuples(st.just("collect"), st.dictionaries(st.sampled_from(MATERIALS), st.integers(1, 5000), min_size=1))
    | st.tuples(st.sampled_from(["over", "back", "unload", "weigh"]), PARTS),
    min_size=1,
    max_size=12,
)


def do(session, rules, truck, van, number, what, parts, now):
    deed = Deed(f"deed-number-{number}", "driver", now)
    if what == "collect":
        return collect(session, truck, [load_of(rules, m, g) for m, g in parts.items()], "A-001", HAND_IN, deed, "R")
    if what == "over":
        return hand_over(session, truck, van, parts, deed)
    if what == "back":
        return hand_over(session, van, truck, parts, deed)
    if what == "unload":
        return unload(session, truck, "CEN-01", (), parts, deed)
    return weigh_in(session, rules, truck, Scale("CEN-01", parts or {}, again=True), now.date(), deed)


def run(database, rules, truck, van, deeds, now):
    """Do each deed in a unit of its own; who is refused leaves nothing behind. Returns which were not."""
    done = []
    for number, (what, parts) in enumerate(deeds):
        try:
            with database.write() as session:
                do(session, rules, truck, van, number, what, parts, now)
            done.append(number)
        except BadRequestError:
            pass
    return done


def state(database):
    with database.read() as session:
        entries = session.scalar(select(func.count()).select_from(LedgerEntry))
        stocks = [stock_of(session, plate) for plate in ("T-BOX", "T-VAN")]
        assert all(n.grams >= 0 and n.millilitres >= 0 for stock in stocks for n in stock.loads)
        sums = select(LedgerAccount.unit).join(LedgerLine).group_by(LedgerAccount.unit)
        assert session.scalars(sums.having(func.sum(LedgerLine.amount) != 0)).all() == []
        assert trial(session).sound
    return entries, stocks


@settings(max_examples=so_many(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=DEEDS)
def test_any_sequence_keeps_the_laws_and_a_replay_changes_nothing(
    migrated_file, tmp_path_factory, network, rules, truck, van, now, deeds
):
    file = shutil.copy(migrated_file, tmp_path_factory.mktemp("laws") / "record.db")
    database = network(Database(f"sqlite:///{file}"))
    try:
        done = run(database, rules, truck, van, deeds, now)
        before = state(database)
        again = [(n, deed) for n, deed in enumerate(deeds) if n in done]
        for number, (what, parts) in again:
            with database.write() as session:
                do(session, rules, truck, van, number, what, parts, now)
        assert state(database) == before
    finally:
        database.close()
