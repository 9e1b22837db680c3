"""Reading single entries of a form; what cannot be read becomes a fault of its field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from recycling.errors import N_, DomainError, Fault
from web.communities import community_of

MOST_YUAN = 1_000_000


class Entries:
    """A form's entries, and the faults of those that could not be read."""

    def __init__(self, entered: Mapping[str, str]) -> None:
        self.entered = entered
        self.faults: dict[str, Fault] = {}

    def text(self, name: str) -> str:
        """Return an entry without the space around it."""
        return self.entered.get(name, "").strip()

    def whole(self, name: str, default: int = 0, where: str = "") -> int:
        """Return a whole number."""
        text = self.text(name)
        try:
            return int(text) if text else default
        except ValueError:
            self.faults[name] = Fault(
                where or name, "not-a-number", N_("%(text)s is not a whole number."), {"text": text[:20]}
            )
            return default

    def fen(self, name: str, where: str = "") -> int | None:
        """Return an amount of yuan in fen, None for an empty entry; never less than nothing."""
        text = self.text(name).replace(",", "").replace("，", "")
        if not text:
            return None
        try:
            amount = Decimal(text)
            if not amount.is_finite() or not 0 <= amount <= MOST_YUAN:
                raise InvalidOperation
        except InvalidOperation:
            sentence = N_("%(text)s is no amount in yuan, such as 35 or 12.50.")
            self.faults[name] = Fault(where or name, "not-an-amount", sentence, {"text": text[:20]})
            return None
        return int((amount * 100).to_integral_value())

    def day(self, name: str) -> date | None:
        """Return a day, None for an empty entry."""
        text = self.text(name)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            self.faults[name] = Fault(name, "not-a-day", N_("%(text)s is not a day. Choose one."), {"text": text[:20]})
            return None

    def community(self, name: str = "community") -> str:
        """Return the code of the community that the entry names, or nothing and a fault."""
        code, fault = community_of(self.entered, N_("We do not know this community. Choose one from the list."), name)
        if fault:
            self.faults[name] = fault
        return code


def by_field(error: DomainError) -> dict[str, list[Fault]]:
    """Return what is wrong by the field that it stands beside."""
    faults: dict[str, list[Fault]] = {}
    for fault in error.faults:
        faults.setdefault(fault.where, []).append(fault)
    return faults
