"""Links that open a map application with the way to a stop.

The parameters are those of the vendors' pages (see References) and of public code; none was tried on a phone. What
is known of each, and what is not:

- Amap takes longitude first, in GCJ-02 (``coordinate=gaode``, also what it takes without the word). ``callnative=1``
  opens the application where it is installed, but not from within WeChat.
- Baidu takes latitude first and says the system in ``coord_type``; without it, it takes BD-09 and is 900 m off. Its
  web page wants an origin: ``我的位置`` (my position), as in public code. The application needs none.
- Tencent takes latitude first, in GCJ-02 (``coord_type=2``). The application's page wants a developer's key as
  ``referer``; here it is the name of the product, as on the web page.
- Apple's page names no system. Its maps of mainland China come from Amap, and public code gives it GCJ-02 there, so
  do we. A phone that shows China on Apple's own map, as some do abroad, would be off by 500 m.
- Google's page names no system; it is WGS 84 everywhere else. Its streets of mainland China are drawn in GCJ-02, so
  a pin stands about 500 m beside them, though right on the satellite picture. We send WGS 84.
- ``geo:`` is WGS 84 by RFC 5870, but which application opens it, and whether that converts, is the phone's affair.

Outside the box of `routing.roads.crs` all systems are the same. Hong Kong and Macao lie in the box.

References
----------
https://lbs.amap.com/api/uri-api/guide/travel/route, https://lbs.amap.com/api/amap-mobile/gettingstarted,
https://lbsyun.baidu.com/index.php?title=uri/api/web, https://lbsyun.baidu.com/docs/webapi (URI API for Android, iOS),
https://lbs.qq.com/webApi/uriV1/uriGuide/uriWebRoute and uriMobileRoute,
https://developers.google.com/maps/documentation/urls/get-started,
https://developer.apple.com/library/archive/featuredarticles/iPhoneURLScheme_Reference/MapLinks/MapLinks.html
"""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

from routing.roads.crs import from_wgs84, to_wgs84

SOURCE = "recycling"
"""Who opens the application; the vendors ask for it."""

NAME_LENGTH = 60
"""Characters of a stop's name that are sent."""

_WIDE = str.maketrans(",|()", "，｜（）")


def navigation_links(lon: float, lat: float, name: str, crs: str = "wgs84") -> dict[str, str]:
    """Make the links for one stop.

    Parameters
    ----------
    lon, lat
        Degrees.
    name
        What the driver reads as the destination. Line breaks and other control characters become spaces; what is
        longer than `NAME_LENGTH` is cut; characters that a vendor uses between fields become their wide forms. Without
        any, the coordinates stand in for it.
    crs
        System of lon and lat: ``wgs84``, ``gcj02`` or ``bd09``.

    Returns
    -------
    A link for each of ``amap``, ``baidu``, ``tencent``, ``google``, ``apple`` (web pages, which open the application
    where it is installed), ``amap_android``, ``amap_ios``, ``baidu_app``, ``tencent_app`` (the applications alone)
    and ``geo``; all printable ASCII. Coordinates have six decimals (11 cm).

    Raises
    ------
    InputError
        When lon and lat are no position, or the system is not known.
    """
    place = to_wgs84([[lon, lat]], crs)
    lon_wgs, lat_wgs = _degrees(*place[0])
    lon_gcj, lat_gcj = _degrees(*from_wgs84(place, "gcj02")[0])
    label = _plain(name) or f"{lat_wgs} {lon_wgs}"
    wide = label.translate(_WIDE)
    amap = f"sourceApplication={SOURCE}&lat={lat_gcj}&lon={lon_gcj}&dev=0&style=2&poiname={_quoted(label)}"
    baidu = f"destination={_quoted(f'latlng:{lat_gcj},{lon_gcj}|name:{wide}')}&mode=driving&coord_type=gcj02"
    tencent = f"type=drive&to={_quoted(label)}&tocoord={lat_gcj},{lon_gcj}"
    return {
        "amap": f"https://uri.amap.com/navigation?to={lon_gcj},{lat_gcj},{_quoted(wide)}"
        f"&mode=car&coordinate=gaode&callnative=1&src={SOURCE}",
        "amap_android": f"androidamap://navi?{amap}",
        "amap_ios": f"iosamap://navi?{amap}",
        "baidu": f"https://api.map.baidu.com/direction?origin={_quoted('我的位置')}&{baidu}"
        f"&output=html&src=webapp.{SOURCE}.{SOURCE}",
        "baidu_app": f"baidumap://map/direction?{baidu}&src=andr.{SOURCE}.{SOURCE}",
        "tencent": f"https://apis.map.qq.com/uri/v1/routeplan?{tencent}&coord_type=2&referer={SOURCE}",
        "tencent_app": f"qqmap://map/routeplan?{tencent}&fromcoord=CurrentLocation&referer={SOURCE}",
        "google": f"https://www.google.com/maps/dir/?api=1&destination={lat_wgs},{lon_wgs}&travelmode=driving",
        "apple": f"https://maps.apple.com/?daddr={lat_gcj},{lon_gcj}&dirflg=d",
        "geo": f"geo:{lat_wgs},{lon_wgs}?q={lat_wgs},{lon_wgs}({_quoted(wide)})",
    }


def _degrees(lon: float, lat: float) -> tuple[str, str]:
    return f"{lon:.6f}", f"{lat:.6f}"


def _plain(name: str) -> str:
    """One line of at most `NAME_LENGTH` characters, without control characters and halves of surrogate pairs."""
    letters = ("\ufffd" if 0xD800 <= ord(letter) <= 0xDFFF else letter for letter in name)
    shown = (" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter for letter in letters)
    return " ".join("".join(shown).split())[:NAME_LENGTH].rstrip()


def _quoted(text: str) -> str:
    return quote(text, safe="")
