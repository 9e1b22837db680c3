"""Layers that maps draw and fetch by address: roads in bulk, and the area's outline."""

from __future__ import annotations

import gzip

from flask import Blueprint, Response, jsonify, request

from recycling import network
from recycling.accounts.rights import Action
from recycling.roads import drawing
from web.rights import needs
from web.services import services

pages = Blueprint("layers", __name__, url_prefix="/layers")
HOUR = 3600


@pages.get("/roads.json")
@needs(Action.LOOK)
def roads() -> Response:
    """Send the roads as GeoJSON, one MultiLineString for each class and status."""
    with services().database.read() as session:
        area = network.the_area(session)
    content, tag = drawing(network.roads_path(area))
    response = Response(mimetype="application/geo+json")
    response.set_etag(tag)
    response.headers["Cache-Control"] = f"public, max-age={HOUR}"
    response.vary.add("Accept-Encoding")
    if "gzip" in request.accept_encodings:
        response.headers["Content-Encoding"] = "gzip"
        response.data = content
    else:
        response.data = gzip.decompress(content)
    response.make_conditional(request)
    return response


@pages.get("/area.json")
@needs(Action.LOOK)
def area() -> Response:
    """Send the outline of the area."""
    with services().database.read() as session:
        outline = network.the_area(session).outline
    response = jsonify({"type": "Feature", "properties": {}, "geometry": outline})
    response.headers["Cache-Control"] = f"public, max-age={HOUR}"
    return response
