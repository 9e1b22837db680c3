"""Telling shops' programs what becomes of their orders: signed, in order, at least once."""

from recycling.hooks.events import say
from recycling.hooks.keeping import register, remove, renew, shop_hook, signing_secret
from recycling.hooks.looking import Line, addresses, again, counts, lines, pass_over, try_out
from recycling.hooks.sending import send_due

__all__ = [
    "Line",
    "addresses",
    "again",
    "counts",
    "lines",
    "pass_over",
    "register",
    "remove",
    "renew",
    "say",
    "send_due",
    "shop_hook",
    "signing_secret",
    "try_out",
]
