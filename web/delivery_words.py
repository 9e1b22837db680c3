"""How what becomes of a delivery is said."""

from __future__ import annotations

from recycling.deliveries import outcome
from recycling.errors import N_

WHY_NOT_NAMES = {
    "nobody-there": N_("nobody was there"),
    "does-not-fit": N_("it does not fit through the door or the stairs"),
    "refused": N_("the customer did not take it"),
    "damaged": N_("it was damaged"),
    "wrong-address": N_("the address is wrong"),
}
WHY_NOT_FETCHED_NAMES = {
    "nobody-there": WHY_NOT_NAMES["nobody-there"],
    outcome.OLD_KEPT: N_("old one not given"),
    "does-not-fit": WHY_NOT_NAMES["does-not-fit"],
    "wrong-address": WHY_NOT_NAMES["wrong-address"],
}
OLD_NAMES = {
    "": N_("old one taken back"),
    outcome.OLD_KEPT: N_("old one not given"),
    outcome.OLD_OTHER: N_("another old one given"),
}
SERVICE_NAMES = {
    "dismantle": N_("takes the old one down"),
    "install": N_("sets the new one up"),
}
LATER_NAMES = {
    "": N_("the old one stays for the second visit"),
    outcome.OLD_KEPT: OLD_NAMES[outcome.OLD_KEPT],
}
FETCHED_NAMES = {
    "": N_("old one taken back"),
    outcome.OLD_OTHER: OLD_NAMES[outcome.OLD_OTHER],
}
REASON_NAMES = {
    outcome.NOT_BROUGHT: N_("the new one was not delivered"),
    **WHY_NOT_NAMES,
    outcome.OLD_KEPT: OLD_NAMES[outcome.OLD_KEPT],
    outcome.OLD_OTHER: OLD_NAMES[outcome.OLD_OTHER],
}
FETCH_STANDINGS = {
    "open": N_("still to be fetched"),
    "planned": N_("planned"),
    "on_the_way": N_("on the way"),
    "handed": N_("a partner recycler fetches it"),
    "fetched": N_("fetched"),
    "failed": N_("not fetched"),
    "cancelled": N_("cancelled"),
}
STANDINGS = {
    "open": N_("ordered"),
    "planned": N_("planned"),
    "on_the_way": N_("on the way"),
    "delivered": N_("delivered"),
    "failed": N_("not delivered"),
    "cancelled": N_("cancelled"),
}
