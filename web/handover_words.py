"""Words for hand-overs, for staff and partners alike."""

from __future__ import annotations

from recycling.errors import N_

STATE_NAMES = {
    "offered": N_("offered"),
    "accepted": N_("accepted"),
    "declined": N_("declined"),
    "lapsed": N_("not answered in time"),
    "withdrawn": N_("taken back"),
    "collected": N_("collected"),
    "failed": N_("not collected"),
    "settled": N_("settled"),
    "corrected": N_("weights put right"),
}
CORRECTION_NAMES = {
    "asked": N_("waits for a second person"),
    "made": N_("the correction was made"),
    "refused": N_("the correction was refused"),
}
REASON_NAMES = {
    "changed": N_("it was moved, changed or cancelled"),
    "absent": N_("nobody answered the door"),
    "no_access": N_("we could not get to the door"),
    "wrong_address": N_("the address could not be found"),
    "too_much": N_("there was more than booked, and no room for it"),
    "not_taken": N_("the things are not among those that are taken"),
    "refused": N_("the resident did not agree to the price"),
    "old-kept": N_("the customer keeps the old things"),
    "cannot-come": N_("we cannot come: give it back"),
}
