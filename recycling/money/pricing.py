"""What weighed goods are worth on a day, to the last point or fen."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from recycling.errors import N_, BadRequestError, Fault
from recycling.money.books import PayIn
from recycling.money.shares import nearest, shares
from recycling.money.terms import Rates, Terms

MOST_LINES = 50
HEAVIEST_GRAMS = 50_000_000
LARGEST_AGREED = 10_000_000


@dataclass(frozen=True)
class WeighedLine:
    """One weighing.

    Attributes
    ----------
    material
        Of the catalogue.
    grams
        As the scale says, or as the table of items says where ``estimated``.
    pieces
        Where pieces were counted too; 0 otherwise.
    agreed_fen
        A price for the whole line, agreed at the scale instead of the day's rate; negative: the seller pays.
    item
        Thing of the catalogue whose rate counts; empty: that of the material.
    """

    material: str
    grams: int
    pieces: int = 0
    agreed_fen: int | None = None
    estimated: bool = False
    item: str = ""


@dataclass(frozen=True)
class Priced:
    """Weighed lines with their rates (None where agreed) and amounts, in points or fen, and what counts as sold."""

    lines: tuple[WeighedLine, ...]
    rates: tuple[int | None, ...]
    amounts: tuple[int, ...]
    total: int
    value_fen: int


def price(terms: Terms, lines: Sequence[WeighedLine], pay_in: PayIn, day: date) -> Priced:
    """Price weighed lines by the rates of a day.

    The sum of the lines is the total, always: `recycling.money.shares` says how is rounded. In points an agreed price
    counts ``points_per_yuan`` for each yuan; what points are worth as a sale is the same backwards.

    Raises
    ------
    BadRequestError
        With a fault for each line that has no such material, weight, rate or price; ``fee-in-points`` when a line that
        the seller pays for is to be settled in points.
    """
    rates = terms.rates_on(day)
    by_kg = rates.points if pay_in == "points" else rates.fen
    faults = [f for number, line in enumerate(lines) for f in _faults(number, line, rates, pay_in)]
    if len(lines) > MOST_LINES:
        faults.append(
            Fault(
                "lines",
                "too-many-lines",
                N_("There are more than %(most)s lines. Settle in two steps."),
                {"most": MOST_LINES},
            )
        )
    if faults:
        raise BadRequestError(*faults)
    in_points = Fraction(rates.points_per_yuan, 100)
    per_fen = in_points if pay_in == "points" else Fraction(1)
    per_kg = [None if n.agreed_fen is not None else by_kg(n.material, n.item) for n in lines]
    amounts = shares(
        [
            Fraction(n.grams * rate, 1000) if rate is not None else (n.agreed_fen or 0) * per_fen
            for n, rate in zip(lines, per_kg, strict=True)
        ]
    )
    total = sum(amounts)
    value = nearest(total / in_points) if pay_in == "points" else max(0, total)
    return Priced(tuple(lines), tuple(per_kg), tuple(amounts), total, value)


def _faults(number: int, line: WeighedLine, rates: Rates, pay_in: PayIn) -> list[Fault]:
    where = f"line-{number}"
    material = "".join(c for c in line.material[:40] if unicodedata.category(c)[0] != "C")
    known = line.material in rates.fen_per_kg or line.material in rates.points_per_kg
    by_kg = rates.points if pay_in == "points" else rates.fen
    found = []
    if type(line.grams) is not int or line.grams <= 0:
        found.append(Fault(where, "bad-weight", N_("Enter the weight of %(what)s in kilograms."), {"what": material}))
    elif line.grams > HEAVIEST_GRAMS:
        sentence = N_("%(kg)s kg of %(what)s at once is not possible. Enter at most %(most)s kg.")
        values: dict[str, object] = {
            "kg": f"{line.grams / 1000:g}",
            "what": material,
            "most": f"{HEAVIEST_GRAMS / 1000:g}",
        }
        found.append(Fault(where, "bad-weight", sentence, values))
    if type(line.pieces) is not int or not 0 <= line.pieces <= 10_000:
        found.append(Fault(where, "bad-pieces", N_("Enter how many pieces of %(what)s."), {"what": material}))
    if line.agreed_fen is None:
        if by_kg(line.material, line.item) is None:
            sentence = (
                N_("There is no rate for %(what)s on that day. Agree a price for the line.")
                if known
                else N_(
                    "There is no rate for %(what)s. Agree a price for the line, or add a rate to config/points.toml."
                )
            )
            found.append(Fault(where, "no-rate", sentence, {"what": material}))
        return found
    if type(line.agreed_fen) is not int or abs(line.agreed_fen) > LARGEST_AGREED:
        found.append(
            Fault(where, "bad-price", N_("The price agreed for %(what)s is not possible."), {"what": material})
        )
    elif pay_in == "points" and line.agreed_fen < 0:
        found.append(
            Fault(
                where, "fee-in-points", N_("A fee is settled in yuan. Settle %(what)s by itself."), {"what": material}
            )
        )
    return found
