"""Two drivers of the town, and a place in it."""

from dataclasses import replace

from recycling.accounts.actors import Actor, Role

DRIVER = Actor("person", "driver-1", Role.DRIVER, depots=frozenset({"DEP-01"}))
OTHER = replace(DRIVER, id="driver-2")
PLACE = (107.471234, 31.205678)
