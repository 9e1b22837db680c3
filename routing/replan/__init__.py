"""A day under way: keep what is done, plan the rest anew, and disturb as little of what was announced as that is worth.

`rest_of_day` makes of the published day and a `Moment` a problem of its own, in which each vehicle that has left begins
where it is free again. Its plans are judged by `routing.check` like any other.
"""

from __future__ import annotations

from routing.replan.changes import Change, Comparison
from routing.replan.moment import Moment, Standing
from routing.replan.rest import Disturbance, rest_of_day
from routing.replan.whole import RestOfDay

__all__ = ["Change", "Comparison", "Disturbance", "Moment", "RestOfDay", "Standing", "rest_of_day"]
