"""Two purses and a source, to post between."""

import pytest
from purses import PURSE, SOURCE

from recycling.ledger import Draft, Line


@pytest.fixture
def draft(now):
    """Return a function that makes an entry: so many points from the source to a purse, or what the test says."""

    def make(amount=100, key="an-entry-of-the-test", to=PURSE, source=SOURCE, **changes):
        lines = changes.pop("lines", (Line(to, amount), Line(source, -amount)))
        sound = {"kind": "hand-in", "lines": lines, "key": key, "at": now, "person": "clerk"}
        return Draft(**{**sound, **changes})

    return make
