"""Ways to doors in the order in which they came, against the plain reckoning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recycling.plane import metres_between, nearest_before

HOME = (107.47, 31.2)
PLACES = st.lists(st.tuples(st.floats(106.5, 108.5), st.floats(30.5, 32.5)), max_size=12)


@given(PLACES)
def test_each_is_as_far_as_the_nearest_that_was_there_before(places):
    plain = [min(metres_between(place, other) for other in (HOME, *places[:k])) for k, place in enumerate(places)]
    assert nearest_before(places, HOME) == pytest.approx(plain, rel=1e-9, abs=1e-6)
