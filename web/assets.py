"""Third-party front-end files, served by us from the packages that carry them, compressed once."""

from __future__ import annotations

import gzip
from functools import lru_cache
from importlib.util import find_spec
from mimetypes import guess_type
from pathlib import Path

from flask import Blueprint, Response, abort, request

from recycling.accounts.rights import Action
from web.rights import needs

pages = Blueprint("assets", __name__)

PACKAGES = {"bootstrap": ("flask_bootstrap", "static/bootstrap5"), "leaflet": ("xstatic.pkg.leaflet", "data")}
FILES = {
    "bootstrap.css": ("bootstrap", "css/bootstrap.min.css"),
    "leaflet.css": ("leaflet", "leaflet.css"),
    "leaflet.js": ("leaflet", "leaflet.js"),
    **{f"images/marker-{name}.png": ("leaflet", f"images/marker-{name}.png") for name in ("icon", "icon-2x", "shadow")},
}
MONTH = 30 * 24 * 3600


@pages.get("/vendor/<path:name>")
@needs(Action.LOOK)
def vendor(name: str) -> Response:
    """Send one of the known files; any other name is not found."""
    if name not in FILES:
        abort(404)
    zipped = "gzip" in request.accept_encodings
    body = _content(name, zipped)
    response = Response(body, mimetype=guess_type(name)[0])
    response.headers["Cache-Control"] = f"public, max-age={MONTH}"
    response.vary.add("Accept-Encoding")
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    return response


@lru_cache(maxsize=16)
def _content(name: str, zipped: bool) -> bytes:
    package, inner = FILES[name]
    module, folder = PACKAGES[package]
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"the package {module} is not installed")
    content = (Path(spec.origin).parent / folder / inner).read_bytes()
    # The maps' source maps are not served, so the browser must not look for them.
    content = content.split(b"\n//# sourceMappingURL")[0].split(b"\n/*# sourceMappingURL")[0]
    return gzip.compress(content, mtime=0) if zipped else content
