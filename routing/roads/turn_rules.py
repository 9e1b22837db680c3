"""Turn restrictions: moves over a junction, or over a few roads, that are forbidden or the only ones allowed."""

from __future__ import annotations

from dataclasses import dataclass

from routing.roads.profile import VehicleProfile

Move = tuple[int, bool]
"""A road piece driven one way: its edge id, and True for from u to v."""


@dataclass(frozen=True)
class TurnRule:
    """One restriction, a row of the layer's table ``restrictions``.

    Attributes
    ----------
    relation
        Id of the OpenStreetMap relation, or a number of the layer's own.
    kind
        Its word, such as ``no_left_turn`` or ``only_straight_on``.
    moves
        Roads driven one after another: from, any number of vias, to. Each begins where the one before ends.
    exempt
        Vehicles that it does not bind (the tag ``except``): ``hgv``, ``bus``, ``psv`` ..
    binds
        The vehicles that it binds alone (``restriction:hgv`` gives ``hgv``), "" for all.
    condition
        What stood behind the ``@`` of ``restriction:conditional``, "" when there was none. A conditional
        restriction is held at all hours: never wrong on the road, at worst a detour.
    """

    relation: int
    kind: str
    moves: tuple[Move, ...]
    exempt: frozenset[str] = frozenset()
    binds: str = ""
    condition: str = ""

    def __deepcopy__(self, memo: object) -> TurnRule:
        """Give itself: pandas copies a table's attrs with every column, and rules there are never changed."""
        return self

    @property
    def only(self) -> bool:
        """Whether the last move is the only one allowed after the others, instead of the one forbidden."""
        return self.kind.startswith("only_")

    def holds_for(self, profile: VehicleProfile | None) -> bool:
        """Tell whether a vehicle must keep it; one that nothing is known of keeps all that bind every vehicle."""
        kinds = {"motor_vehicle", "hgv", "goods"} if profile is not None and profile.hgv else {"motor_vehicle", "goods"}
        if self.exempt & kinds:
            return False
        return not self.binds or self.binds in kinds
