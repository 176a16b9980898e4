"""Who runs a deal's namespace: the domain behind the name of a supply-side platform.

A deal id is unique within its origin alone, so the origin is half of every deal's identity.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

DOMAIN = re.compile(r"^[a-z0-9_-]+(\.[a-z0-9_-]+)+$")
MAX_SLUG = 64


@dataclass(frozen=True, slots=True)
class Origin:
    """`known` is False where the name was in no table and its slug stands in for the domain."""

    domain: str
    known: bool


def origin_of(name: str) -> Origin:
    """The origin behind an exchange's name or domain. The same name always gives the same origin."""
    listed = exchanges().get(letters(name))
    if listed is not None:
        return Origin(listed, known=True)
    stated = name.strip().lower()
    if DOMAIN.match(stated):
        return Origin(stated, known=True)
    return Origin(slug(name), known=False)


def slug(name: str) -> str:
    """Letters, digits and hyphens: it never looks like a domain, as it holds no dot."""
    words = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:MAX_SLUG].strip("-")
    if words and letters(words) == letters(name):
        return words
    # Letters were lost (another script, or a very long name): two such names must not fall together.
    return f"{words}-{hashlib.sha256(name.encode()).hexdigest()[:12]}".lstrip("-")


def letters(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalnum())


@cache
def exchanges() -> Mapping[str, str]:
    """Domain by name; a domain is a name of itself."""
    rows = (files("contracts") / "data" / "exchanges.tsv").read_text("utf-8").splitlines()
    known: dict[str, str] = {}
    for row in rows:
        domain, names = row.split("\t")
        known |= {letters(name): domain for name in (*names.split("; "), domain)}
    return known
