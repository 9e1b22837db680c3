"""Which addresses on the network are outside: those of anybody, and none of our own machines or those beside them."""

from __future__ import annotations

import ipaddress

NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""IPv6 addresses that carry an IPv4 one in their last 32 bits (RFC 6052)."""


def is_public(text: str) -> bool:
    """Tell whether an IP address is one of the open internet.

    Private, loopback, link-local, multicast and reserved ones are not, however they are wrapped into IPv6: mapped
    (::ffff:127.0.0.1), by NAT64, 6to4 or Teredo. A text that is no address is not either.
    """
    try:
        place = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return all(one.is_global and not one.is_multicast and not one.is_reserved for one in (place, *_inside(place)))


def _inside(place: ipaddress.IPv4Address | ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    """Return the IPv4 addresses that an IPv6 address leads to."""
    if isinstance(place, ipaddress.IPv4Address):
        return []
    carried = [place.ipv4_mapped, place.sixtofour, *(place.teredo or ())]
    if place in NAT64:
        carried.append(ipaddress.IPv4Address(int(place) & 0xFFFFFFFF))
    return [one for one in carried if one is not None]
