"""Who asks for something, as far as rights and the audit log are concerned."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Role(StrEnum):
    """What a person is here; each has exactly one."""

    RESIDENT = "resident"
    CLERK = "clerk"
    DISPATCHER = "dispatcher"
    DRIVER = "driver"
    CENTRE = "centre"
    RETAILER = "retailer"
    PARTNER = "partner"
    PLANNER = "planner"
    MANAGER = "manager"
    ADMIN = "admin"


Kind = Literal["anonymous", "person", "link", "key", "system"]


@dataclass(frozen=True)
class Actor:
    """Somebody or something that acts.

    Attributes
    ----------
    kind
        ``anonymous``; ``person`` signed in; ``link``: whoever holds the signed link of one booking; ``key``: a program
        with an API key; ``system``: a command or a scheduled job.
    id
        Account, booking or key, or the name of the command or job; empty for nobody known.
    role
        The role of a person, or the one that a key acts in.
    depots, every_depot
        Codes of the depots that a person or key works for, or all of them.
    scopes
        What a key may do; the actions of `recycling.accounts.rights`.
    phone
        A signed-in resident's number in E.164: the bookings under it are the resident's own. Never logged.
    origin
        Where the request came from: an address, or ``command``.
    """

    kind: Kind
    id: str = ""
    role: Role | None = None
    depots: frozenset[str] = frozenset()
    every_depot: bool = False
    scopes: frozenset[str] = frozenset()
    phone: str = ""
    origin: str = ""

    @property
    def is_staff(self) -> bool:
        """Whether it is one of us: a command, a job, or a person signed in who is no resident."""
        return self.kind == "system" or (self.kind == "person" and self.role is not Role.RESIDENT)

    def __repr__(self) -> str:
        return f"Actor({self.kind}, id={self.id!r}, role={self.role and self.role.value!r})"


ANONYMOUS = Actor("anonymous")
"""Nobody known."""


def system(name: str) -> Actor:
    """Return the actor of a command or a scheduled job."""
    return Actor("system", name, origin="command")
