"""The calls of a day on the map for everybody: a pin with its hour, which leads to the community's page."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for
from markupsafe import Markup

from recycling.models import Call
from recycling.plane import metres_between
from web.language import hour_text
from web.maps import MapFragment, blank, fragment, marker

NEIGHBOURS = 5
"""Where a community is marked, the map begins with it and so many calls near to it."""

ON_TOP = 1000
PIN = Markup('<a class="{}" href="{}" tabindex="-1" aria-hidden="true" draggable="false">{}</a>')
"""Not among the stops of the keyboard: the list beside the map has the same links in their order."""


def calls_map(calls: Sequence[Call], community: str, around: Sequence[tuple[float, float]] = ()) -> MapFragment:
    """Draw calls; those of the marked community, if any, stand out and above the others.

    Without any the map shows what lies ``around``: places (latitude, longitude), at least one.
    """
    marked = [call for call in calls if call.community_code == community]
    near = sorted(calls, key=lambda call: _apart(call, marked[0]))[: 1 + NEIGHBOURS] if marked else calls
    places = [(call.lat, call.lon) for call in near] or list(around)
    figure = blank(*places[0])
    for call in calls:
        here = call.community_code == community
        url = url_for("calls.place", community=call.community_code)
        hour = hour_text(call.starts_at)
        shape = str(PIN.format("call-pin here" if here else "call-pin", url, hour))
        title = f"{hour} {call.community.name}"
        marker(call.lat, call.lon, "call", title, shape, ON_TOP if here else 0).add_to(figure)
    return fragment(figure, places, {}, {})


def _apart(a: Call, b: Call) -> float:
    return metres_between((a.lon, a.lat), (b.lon, b.lat))
