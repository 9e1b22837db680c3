"""The accounts that goods move between, in grams and millilitres of one material each."""

from __future__ import annotations

from recycling.ledger import Account

TRUCK, COLLECTED, SITE, ELSEWHERE, DIFFERENCE = "truck", "collected", "site", "elsewhere", "difference"
GRAMS, MILLILITRES = "g", "ml"


def unit(material: str, of: str) -> str:
    """Return the unit that amounts of a material are counted in, such as ``paper g``."""
    return f"{material} {of}"


def owner(plate: str, compartment: str) -> str:
    """Return who a compartment's account belongs to."""
    return f"{plate}/{compartment}"


def on_board(plate: str, compartment: str, material: str, of: str) -> Account:
    """What lies in a compartment; never below zero."""
    return Account(TRUCK, owner(plate, compartment), unit(material, of), "above")


def collected(community: str, material: str, of: str) -> Account:
    """What came from the people of a community, as a negative amount; "" where nobody said which."""
    return Account(COLLECTED, community, unit(material, of))


def at_site(code: str, material: str, of: str) -> Account:
    """What came to a site."""
    return Account(SITE, code, unit(material, of))


def elsewhere(place: str, material: str, of: str) -> Account:
    """What was weighed and lies on no truck that is known: brought to a counter or a station."""
    return Account(ELSEWHERE, place, unit(material, of))


def difference(plate: str, material: str, of: str) -> Account:
    """What the book had of a truck and no scale found, less what a scale found and the book had not."""
    return Account(DIFFERENCE, plate, unit(material, of))
