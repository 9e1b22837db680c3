"""The kinds of change that residents are told of, and what each does to messages that wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal["word", "number", "moment", "reason", "order_reason", "name"]
Once = Literal["version", "promise", "saying"]


@dataclass(frozen=True)
class Change:
    """A kind of change.

    Attributes
    ----------
    figures
        What the caller must give besides the booking's own reference and window, and of which kind each is.
    once
        What makes two messages the same one: the booking's ``version``, its ``promise`` (told once however often it
        is found out, unless it was old news before it left), or what it is ``saying`` (told again only with other
        figures than the last time).
    outdates
        Kinds whose messages are old news after this one; those that still wait are not sent any more.
    urgent
        Whether it is sent in quiet hours too.
    useful_until
        The figure after whose moment the message is of no use; "" for one that is always of use.
    template
        What a resident agrees to on a channel that asks each time; "" for what such a channel never carries.
    """

    figures: Mapping[str, Kind]
    once: Once = "version"
    outdates: tuple[str, ...] = ()
    urgent: bool = False
    useful_until: str = ""
    template: str = ""


OWN: Mapping[str, Kind] = MappingProxyType({"reference": "word", "start": "moment", "end": "moment"})
"""Figures that a booking has by itself: its number, and the window that was promised."""

BOOKED = ("booked", "booked_elsewhen", "booked_round")
MOVED = ("moved", "moved_closed")
WAITS = ("waiting_joined", "waiting_call", "waiting_offer")
"""What is said of a place on the waiting list while it stands."""

ROUND = ("round_joined", "round_late")
ORDER_ROUND = ("order_round_joined", "order_round_late")
"""What is said of waiting for a village round while one waits."""

SHOP: Mapping[str, Kind] = MappingProxyType({"shop": "name"})
ORDERED = ("order_taken", "order_moved", "order_moved_closed")
BROUGHT = ("order_planned", "order_on_the_way")
FETCH_FORECASTS = ("order_fetch_planned", "order_fetch_on_the_way")
FETCH_HANDED = ("order_fetch_handed", "order_fetch_handed_back")
FETCHING = ("order_fetch", *FETCH_HANDED, *FETCH_FORECASTS)
"""What customers of shops are told of a delivery, the forecasts among that, and the same of its second visit."""

PLACE: Mapping[str, Kind] = MappingProxyType({"place": "name"})
CALL_NEWS = ("call_moved", "call_cancelled", "call_back")
"""What is told of one truck call to whoever watches a community."""
OF_CALLS = ("calls_joined", "calls_changed", *CALL_NEWS)

FORECASTS = ("planned_window", "on_the_way", "late")

CHANGES: Mapping[str, Change] = MappingProxyType(
    {
        "booked": Change({}, template="confirm"),
        "booked_elsewhen": Change({}, template="confirm"),
        "moved": Change(
            {}, outdates=(*BOOKED, *MOVED, *FORECASTS, "unserved", "handed", "handed_back"), template="confirm"
        ),
        "booked_round": Change({}, template="confirm"),
        "moved_closed": Change(
            {"from_start": "moment", "from_end": "moment", "why": "name"},
            outdates=(*BOOKED, *MOVED, *FORECASTS),
            template="confirm",
        ),
        "handed": Change({"partner": "name"}, outdates=("handed", "handed_back"), template="confirm"),
        "handed_back": Change({}, outdates=("handed",), template="confirm"),
        "amended": Change({"pieces": "number"}, outdates=("amended",), template="confirm"),
        "new_link": Change({}, outdates=("new_link",), template="confirm"),
        "link_asked": Change({"asked": "word"}, once="saying", outdates=("link_asked",)),
        "cancelled": Change(
            {},
            outdates=(
                *BOOKED,
                *MOVED,
                "handed",
                "handed_back",
                "amended",
                "new_link",
                "link_asked",
                "answered",
                "missed_answer",
                "missed_call",
                "not_failed",
                "unserved",
                *FORECASTS,
            ),
            template="confirm",
        ),
        "planned_window": Change(
            {"first": "moment", "last": "moment"}, once="saying", outdates=("planned_window",), useful_until="end"
        ),
        "on_the_way": Change(
            {"first": "moment", "last": "moment"},
            once="promise",
            outdates=("planned_window",),
            urgent=True,
            useful_until="end",
            template="on_the_way",
        ),
        "late": Change({"first": "moment", "last": "moment"}, once="promise", outdates=("planned_window",)),
        "unserved": Change({}, once="promise", outdates=FORECASTS),
        "answered": Change({"asked": "word"}, once="saying", outdates=("answered",)),
        "complaint_answered": Change({"complaint": "word"}, once="saying"),
        "collected": Change({"kg": "number"}, outdates=(*FORECASTS, "not_failed"), template="result"),
        "failed": Change({"reason": "reason"}, outdates=(*FORECASTS, "not_failed"), template="result"),
        "not_failed": Change({}, outdates=("failed",)),
        "missed_answer": Change({}, outdates=("missed_answer",)),
        "missed_call": Change({}, once="promise", outdates=FORECASTS),
        "waiting_joined": Change({"pieces": "number"}, outdates=WAITS),
        "waiting_call": Change({"pieces": "number"}, outdates=WAITS),
        "waiting_offer": Change({"until": "moment"}, outdates=WAITS, useful_until="until"),
        "waiting_missed": Change({}, outdates=WAITS),
        "waiting_over": Change({}, outdates=WAITS),
        "waiting_left": Change({}, outdates=WAITS),
        "group_joined": Change({"quorum": "word"}, outdates=("group_joined",)),
        "group_closed": Change({"quorum": "word"}, outdates=("group_joined",)),
        "group_cancelled": Change({"quorum": "word"}, outdates=("group_joined",)),
        "round_joined": Change({"quorum": "word"}, outdates=ROUND),
        "round_late": Change({}, outdates=ROUND),
        "round_left": Change({}, outdates=ROUND),
        "calls_joined": Change(PLACE),
        "calls_changed": Change(PLACE, outdates=("calls_changed",)),
        "call_moved": Change(
            {**PLACE, "from_start": "moment", "from_end": "moment"}, outdates=CALL_NEWS, useful_until="end"
        ),
        "call_cancelled": Change({**PLACE, "why": "name"}, outdates=CALL_NEWS, useful_until="end"),
        "call_back": Change(PLACE, outdates=CALL_NEWS, useful_until="end"),
        "quote_sent": Change({}, outdates=("quote_sent",)),
        "settled": Change({"amount": "word"}, template="result"),
        "order_taken": Change(SHOP, outdates=(*ORDERED, *BROUGHT, "order_cancelled", "order_failed")),
        "order_round_joined": Change({**SHOP, "quorum": "word"}, outdates=ORDER_ROUND),
        "order_round_late": Change(SHOP, outdates=ORDER_ROUND),
        "order_round_left": Change(SHOP, outdates=ORDER_ROUND),
        "order_moved": Change(SHOP, outdates=(*ORDERED, *BROUGHT)),
        "order_moved_closed": Change(
            {**SHOP, "from_start": "moment", "from_end": "moment", "why": "name"}, outdates=(*ORDERED, *BROUGHT)
        ),
        "order_cancelled": Change(SHOP, outdates=(*ORDERED, *BROUGHT, *FETCHING, "order_fetch_cancelled")),
        "order_planned": Change(
            {**SHOP, "first": "moment", "last": "moment"},
            once="saying",
            outdates=("order_planned",),
            useful_until="end",
        ),
        "order_on_the_way": Change(
            {**SHOP, "first": "moment", "last": "moment"},
            once="promise",
            outdates=("order_planned",),
            urgent=True,
            useful_until="end",
        ),
        "order_unserved": Change(SHOP, once="promise", outdates=BROUGHT),
        "order_failed": Change({**SHOP, "reason": "order_reason"}, outdates=BROUGHT),
        "order_fetch": Change(SHOP, outdates=(*FETCHING, "order_fetch_cancelled", "order_fetch_failed")),
        "order_fetch_handed": Change({**SHOP, "partner": "name"}, outdates=(*FETCHING, "order_fetch_unserved")),
        "order_fetch_handed_back": Change(SHOP, outdates=FETCH_HANDED),
        "order_fetch_planned": Change(
            {**SHOP, "first": "moment", "last": "moment"},
            once="saying",
            outdates=("order_fetch_planned",),
            useful_until="end",
        ),
        "order_fetch_on_the_way": Change(
            {**SHOP, "first": "moment", "last": "moment"},
            once="promise",
            outdates=("order_fetch_planned",),
            urgent=True,
            useful_until="end",
        ),
        "order_fetch_unserved": Change(SHOP, once="promise", outdates=FETCH_FORECASTS),
        "order_fetch_cancelled": Change(SHOP, outdates=FETCHING),
        "order_fetch_failed": Change({**SHOP, "reason": "order_reason"}, outdates=FETCHING),
    }
)

TEMPLATES = tuple(dict.fromkeys(change.template for change in CHANGES.values() if change.template))
"""What a resident can agree to."""
