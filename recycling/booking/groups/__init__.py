"""Group bookings: a building or a village gathers its things, and a truck comes once for all of them.

States of a group, and what leads from one to another:

    open ──(quorum is there, or a clerk decides)──> reached ──(a window takes the whole load)──> booked
    open <──(somebody leaves, nothing was decided)── reached
    open, reached ──(the last day can be booked no longer)──> closed
    open, reached ──(a clerk calls it off)──> cancelled

Nobody is dropped without being told: a group that closes or is called off tells every household and offers it a booking
of its own, already filled in.
"""

from __future__ import annotations

from recycling.booking.groups.deciding import amend_group, call_off, close_due, decide
from recycling.booking.groups.finding import (
    closes,
    group_by_code,
    groups_of,
    member_by_token,
    present,
    the_group,
    wish_of_member,
)
from recycling.booking.groups.forming import form, tend
from recycling.booking.groups.joining import Joined, change_entry, join, leave
from recycling.booking.groups.opening import GroupThereError, GroupWish, open_group
from recycling.booking.groups.progress import Progress, progress_of

__all__ = [
    "GroupThereError",
    "GroupWish",
    "Joined",
    "Progress",
    "amend_group",
    "call_off",
    "change_entry",
    "close_due",
    "closes",
    "decide",
    "form",
    "group_by_code",
    "groups_of",
    "join",
    "leave",
    "member_by_token",
    "open_group",
    "present",
    "progress_of",
    "tend",
    "the_group",
    "wish_of_member",
]
