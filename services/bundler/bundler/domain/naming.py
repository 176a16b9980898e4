"""What a bundle is called until somebody finds better words."""

from collections.abc import Mapping
from typing import Final

from contracts.bundles import Bundle, BundleType

LONGEST_NAME: Final = 200
HOW: Final[Mapping[BundleType, str]] = {
    "FBT": "Frequently bought together",
    "FIXED": "As a set",
    "MIX_MATCH": "Choose any two or more",
}


def template(bundle: Bundle) -> tuple[str, str]:
    """A name and a description."""
    names = [item.name for item in bundle.items]
    words = f"{HOW[bundle.kind]}: {', '.join(names)}."
    saved = round(100 * bundle.discount)
    offer = f" {saved} % less than apart." if saved else ""
    return _short(" + ".join(names)), f"{words}{offer}"[:2000]


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
