"""What the pages of a day under way say: what happened, what is known, who is kept first and who takes over what."""

from __future__ import annotations

from flask_babel import gettext, ngettext

from recycling.board.ranking import Rank
from recycling.errors import N_

KINDS = {
    "out": N_("A vehicle can do no more today"),
    "full": N_("A vehicle is full"),
    "late": N_("A vehicle is late"),
    "closed": N_("A centre is closed"),
    "opens": N_("A centre opens later"),
    "urgent": N_("An order on no route is urgent"),
    "anew": N_("Nothing new: plan the rest from what is known"),
}
KNOWN_BY = {
    "reports": N_("as its crew reported"),
    "word": N_("as you said"),
    "plan": N_("by plan: nothing was reported"),
}
PLACES = {
    "taken": N_("begins where it was seen at %(hour)s"),
    "older": N_("seen at %(hour)s, which is not taken: its last report is newer"),
    "too-old": N_("seen at %(hour)s, which is not taken: that is more than five minutes ago"),
    "said": N_("seen at %(hour)s, which is not taken: your word is newer"),
    "bound": N_("seen at %(hour)s; it finishes first what it is bound to"),
}
BOOKS = {
    "taken": N_("%(kg)s kg on board by the book, written at %(hour)s"),
    "never": N_("0 kg on board: the book has nothing of it"),
    "older": N_("on board what its plan says: the book was written at %(hour)s, before its last visit"),
    "plan": N_("on board what its plan says: the book has nothing of it"),
}
RANKS = {
    "missed": N_("nobody came the last time"),
    "moved": N_("we have moved it before"),
    "late": N_("was told before that we come late"),
    "again": N_("to be fetched after all"),
    "call": N_("a truck call that was announced"),
    "hazard": N_("something hazardous"),
    "delivery": N_("something new is waited for"),
    "other": N_("no reason to go before others"),
}


def rank_text(rank: Rank) -> str:
    """Say why an order is kept before others, and since when it waits."""
    said = gettext(RANKS[rank.why])
    if rank.days < 1:
        return said
    asked = ngettext("asked for %(num)s day ago", "asked for %(num)s days ago", rank.days)
    return gettext("%(why)s, %(asked)s", why=said, asked=asked)
