"""Why a search came to nothing, and what its figures are, in the page's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from recycling.errors import N_
from recycling.sites.reasons import sentence
from web.language import language
from web.services import services

EVERYTHING = N_("recyclables")
"""What sites take where materials are not told apart."""


def reason(part: Mapping[str, Any]) -> str:
    """Say a part of a reason (`recycling.sites.reasons`)."""
    return sentence(part, gettext, _named, gettext(", "))


def material(code: str) -> str:
    """Say a material by the catalogue, or as it is."""
    found = services().catalogue.materials.get(code)
    return found.text(language()) if found is not None else gettext(code)


def _named(value: Mapping[str, Any]) -> str:
    if "materials" in value:
        return gettext(", ").join(material(code) for code in value["materials"])
    return str(value["zh" if language() == "zh_CN" else "en"])
