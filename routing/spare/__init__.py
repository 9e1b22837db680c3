"""Which stops of our day a partner's own trip could take along, and what that saves us against what it asks."""

from routing.spare.day import TripJob, match_in_child
from routing.spare.matching import Asked, Match, TripAnswer

__all__ = ["Asked", "Match", "TripAnswer", "TripJob", "match_in_child"]
