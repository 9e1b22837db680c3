"""How trips with room to spare, and what is offered to them, are said."""

from __future__ import annotations

from recycling.errors import N_

OFFER_NAMES = {
    "offered": N_("waits for an answer"),
    "accepted": N_("accepted"),
    "declined": N_("declined"),
    "lapsed": N_("not answered in time"),
    "withdrawn": N_("withdrawn"),
    "collected": N_("collected"),
    "failed": N_("not collected"),
}
FAILED_NAMES = {
    "nobody-there": N_("nobody was there"),
    "does-not-fit": N_("it does not fit into the vehicle"),
    "refused": N_("the resident kept it"),
    "wrong-address": N_("the address is wrong"),
    "no-time": N_("the trip had no time left"),
    "vehicle-out": N_("the vehicle broke down"),
}
REASON_NAMES = {
    **FAILED_NAMES,
    "changed": N_("it was changed, cancelled or planned by us"),
    "trip-changed": N_("the trip was changed"),
    "trip-cancelled": N_("the trip was cancelled"),
}
TROUBLES = {
    "no-road": N_("%(place)s lies %(amount)s m from the nearest road. Name another place."),
    "late": N_("%(place)s is reached %(minutes)s min too late. Give it other hours, or leave earlier."),
    "shift": N_("The trip is over %(minutes)s min too late. Give it more hours, or leave a place out."),
    "other": N_("The trip cannot be driven as announced (%(place)s). Look at its hours and places."),
}
RULES = {"no-road": "no-road", "outside its windows": "late", "comes home after the shift": "shift"}
"""Rules of the judge that a trip may break, and which of those sentences says so."""

STATES = {
    "taken": N_("taken"),
    "changed": N_("changed"),
    "known": N_("taken before"),
    "sound": N_("would be taken"),
    "refused": N_("to be mended"),
    "left": N_("not taken: others have to be mended"),
}
DEEDS = {
    "trip.announced": N_("announced"),
    "trip.changed": N_("changed"),
    "trip.cancelled": N_("cancelled"),
}
SKILL_NAMES = {"dismantle": N_("taking down"), "install": N_("setting up")}
