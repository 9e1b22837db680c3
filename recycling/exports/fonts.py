"""A font with Chinese characters for what is printed: the one of the settings, or one that the machine has."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from recycling.errors import N_, UnavailableError

KNOWN = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/wqy-microhei/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/System/Library/Fonts/STHeiti Light.ttc",
    "C:/Windows/Fonts/msyh.ttc",
    "C:/Windows/Fonts/simhei.ttf",
)
"""Where systems keep such a font: Debian, Fedora, Arch, macOS, Windows."""

SAMPLE = "路线车辆上门送新收旧卸货休息"
"""Characters that a font must have to be taken."""

SIMPLIFIED = " SC"
"""In the name of the face of a collection whose characters look as they are written on the mainland."""


def chinese_font(named: str = "") -> tuple[Path, int]:
    """Return a font's file and which face of it to take.

    Parameters
    ----------
    named
        The file that the settings name; empty to look for one.

    Raises
    ------
    UnavailableError
        When there is none, or the named one has no Chinese characters or cannot be read.
    """
    if named:
        face = _face(Path(named))
        if face is None:
            raise UnavailableError.one(
                "bad-font",
                N_("%(file)s (sheets.font) is no font with Chinese characters. Name another file, or none."),
                file=named,
            )
        return Path(named), face
    for path in map(Path, KNOWN):
        if path.is_file() and (face := _face(path)) is not None:
            return path, face
    raise UnavailableError.one(
        "no-font",
        N_("This machine has no font with Chinese characters. Install fonts-noto-cjk, or name a file in sheets.font."),
    )


@lru_cache(maxsize=16)
def _face(path: Path) -> int | None:
    """Return the number of the face to take; None where the file is no font, or has none of the characters."""
    from fontTools.ttLib import TTCollection, TTFont, TTLibError

    try:
        if path.suffix.lower() in (".ttc", ".otc"):
            with TTCollection(path, lazy=True) as faces:
                names = [str(face["name"].getDebugName(1) or "") for face in faces.fonts]
            wanted = next((k for k, name in enumerate(names) if name.endswith(SIMPLIFIED)), 0)
        else:
            wanted = 0
        with TTFont(path, fontNumber=wanted, lazy=True) as font:
            known = font.getBestCmap() or {}
    except (OSError, TTLibError, KeyError, AssertionError):
        return None
    return wanted if all(ord(character) in known for character in SAMPLE) else None
