"""QR codes as inline SVG: dark on white in any theme, with a name for people who do not see it."""

from __future__ import annotations

import segno
from markupsafe import Markup, escape

MOST_CHARACTERS = 500


def qr_svg(text: str, title: str) -> Markup:
    """Return the code of the text as an SVG element that stands in a page by itself.

    Medium error correction (15 % of the picture may be unreadable, as on a worn sticker), a quiet zone of four modules
    as ISO/IEC 18004 asks for. The element has no size of its own; ``.qr`` in the style sheet gives it one.

    Raises
    ------
    ValueError
        For an empty text, and for one that no phone would read from paper.
    """
    if not text or len(text) > MOST_CHARACTERS:
        raise ValueError(f"a QR code holds 1 to {MOST_CHARACTERS} characters here, not {len(text)}")
    code = segno.make(text, error="m", micro=False)
    drawn = code.svg_inline(border=4, omitsize=True, svgclass="qr", lineclass=None, dark="#000", light="#fff")
    return Markup(drawn.replace("<svg ", f'<svg role="img" aria-label="{escape(title)}" ', 1))  # noqa: S704 - own SVG
