"""Whatever is settled, paid, corrected, redeemed and cancelled in whatever order, beside a model in plain numbers."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest
from example_terms import CLOCK, TERMS, TODAY
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule
from sqlalchemy import event

from recycling.db import Database
from recycling.errors import BadRequestError, ConflictError
from recycling.ledger import balance
from recycling.ledger.trial import trial
from recycling.models import Seller, VoucherStock
from recycling.money import books
from recycling.money.paying import pay
from recycling.money.pricing import WeighedLine
from recycling.money.sellers import seller_of_phone
from recycling.money.settling import HandIn, correct, settle
from recycling.money.terms import Terms
from recycling.money.vouchers import cancel_redemption, redeem
from recycling.money.year_total import year_total

lines = st.lists(
    st.builds(WeighedLine, st.sampled_from(["paper", "metal", "glass"]), st.integers(1, 20_000)), min_size=0, max_size=3
)
fees = st.lists(
    st.builds(WeighedLine, st.sampled_from(["furniture", "paper"]), st.integers(1, 20_000)), min_size=0, max_size=3
)
amounts = st.integers(-2000, 2000).filter(bool)


def unhurried(connection, _):
    """No power fails here: do not wait for the disk."""
    connection.execute("PRAGMA synchronous=OFF")


class Life(RuleBasedStateMachine):
    """Two sellers; the model knows each one's net of points and fen, what counts as sold, and what is given out."""

    purchases, redemptions = Bundle("purchases"), Bundle("redemptions")
    migrated, folder, runs = None, None, 0

    @initialize()
    def begin(self):
        type(self).runs += 1
        file = shutil.copy(self.migrated, self.folder / f"life-{self.runs}.db")
        self.database, self.terms = Database(f"sqlite:///{file}"), Terms.model_validate(TERMS)
        event.listen(self.database.engine, "connect", unhurried)
        self.now, self.count = datetime(2026, 3, 4, 2, tzinfo=UTC), 0
        with self.database.write() as session:
            self.sellers = [seller_of_phone(session, f"1380013800{k}", self.now).id for k in range(2)]
        self.net = {(who, unit): 0 for who in self.sellers for unit in ("points", "fen")}
        self.sold = dict.fromkeys(self.sellers, 0)
        self.given = 0

    def key(self):
        self.count += 1
        return f"step-number-{self.count}"

    def count_purchase(self, made, sign=1):
        self.net[made.seller_id, "points"] += sign * made.points
        self.net[made.seller_id, "fen"] += sign * made.fen
        self.sold[made.seller_id] += sign * made.value_fen

    def settled(self, who, weighed, pay_in):
        hand_in = HandIn(self.sellers[who], "station:STA-01", TODAY, tuple(weighed), pay_in, "clerk")
        key = self.key()
        try:
            for _ in range(2):  # a repeat changes nothing
                with self.database.write() as session:
                    made = settle(session, self.terms, hand_in, key, self.now, TODAY).purchase
        except BadRequestError:
            assert not weighed
            return multiple()
        self.count_purchase(made)
        return made

    @rule(target=purchases, who=st.integers(0, 1), weighed=lines)
    def settle_in_points(self, who, weighed):
        return self.settled(who, weighed, "points")

    @rule(target=purchases, who=st.integers(0, 1), weighed=fees)
    def settle_in_yuan(self, who, weighed):
        return self.settled(who, weighed, "yuan")

    @rule(target=purchases, old=consumes(purchases), weighed=lines)
    def correct(self, old, weighed):
        key = self.key()
        for _ in range(2):
            with self.database.write() as session:
                new = correct(session, self.terms, old.id, weighed, "scale", "lead", key, self.now).purchase
        with pytest.raises(ConflictError), self.database.write() as session:
            correct(session, self.terms, old.id, weighed, "scale", "lead", self.key(), self.now)
        self.count_purchase(old, -1)
        self.count_purchase(new)
        return new

    @rule(purchase=purchases, fen=amounts)
    def pay(self, purchase, fen):
        try:
            with self.database.write() as session:
                pay(session, purchase.id, fen, "cash", "", "driver", self.key(), self.now)
        except BadRequestError:
            net = self.net[purchase.seller_id, "fen"]
            assert not 0 < fen <= net
            assert not net <= fen < 0
            return
        self.net[purchase.seller_id, "fen"] -= fen

    @rule(target=redemptions, who=st.integers(0, 1), pieces=st.integers(1, 3))
    def redeem(self, who, pieces):
        seller, key = self.sellers[who], self.key()
        try:
            for _ in range(2):
                with self.database.write() as session:
                    made = redeem(session, self.terms, seller, "bag", pieces, "clerk", key, self.now, TODAY, CLOCK)
        except BadRequestError:
            assert self.given + pieces > 5 or self.net[seller, "points"] < 30 * pieces
            return multiple()
        self.given += pieces
        self.net[seller, "points"] -= made.points
        return made

    @rule(made=redemptions)
    def cancel(self, made):
        with self.database.write() as session:
            before = session.get(type(made), made.id).cancelled_at
        try:
            with self.database.write() as session:
                cancel_redemption(session, made.id, "lead", self.now)
        except BadRequestError:
            assert self.now > made.cancel_until
            return
        if before is None:
            self.given -= made.pieces
            self.net[made.seller_id, "points"] += made.points

    @rule(hours=st.sampled_from([1, 12, 30]))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)

    @invariant()
    def the_ledger_is_sound_and_as_the_model_says(self):
        if not hasattr(self, "database"):
            return
        with self.database.read() as session:
            assert trial(session).sound
            for (who, unit), net in self.net.items():
                holds = balance(session, books.holding(who, unit))
                owes = balance(session, books.owing(who, unit))
                assert holds >= 0 >= owes
                assert holds + owes == net
            for who, fen in self.sold.items():
                assert year_total(session, self.terms, session.get(Seller, who), TODAY).fen == fen
            stock = session.get(VoucherStock, "bag")
            assert (stock.given if stock else 0) == self.given <= 5

    def teardown(self):
        if hasattr(self, "database"):
            self.database.close()


def live(migrated_file, tmp_path, lives, steps):
    Life.migrated, Life.folder = migrated_file, tmp_path
    machine = Life.TestCase
    machine.settings = hypothesis_settings(max_examples=lives, stateful_step_count=steps, deadline=None)
    machine().runTest()


def test_any_life(migrated_file, tmp_path):
    live(migrated_file, tmp_path, 4, 25)


@pytest.mark.soak
def test_many_long_lives(migrated_file, tmp_path):
    live(migrated_file, tmp_path, 100, 50)
