"""Searches that work in the process of the test, where those of the product take seconds to begin one of their own."""

from concurrent.futures import Future


def here(function, timeout=None):
    """Stand for `recycling.apart.apart`."""

    def call(*values):
        done = Future()
        done.set_result(function(*values))
        return done

    return call


def search_here(monkeypatch):
    """Let what is looked for trips with room to spare be found here."""

    def match(day, trips, least_gain, memory_mb):
        from routing.spare.day import match

        return match(day, trips, least_gain)

    monkeypatch.setattr("recycling.spare.looking.apart", here)
    monkeypatch.setattr("recycling.spare.looking.match_in_child", match)
