"""Packages that are nearly the same, and packages that only have the same name."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from packager.domain.model import Package
from packager.domain.texts import MAX_NAME, shortened


def share(one: Iterable[str], other: Iterable[str]) -> float:
    """What two lists of members have in common (Jaccard index)."""
    ours, theirs = frozenset(one), frozenset(other)
    return len(ours & theirs) / len(ours | theirs) if ours or theirs else 1.0


def told_apart(packages: Sequence[Package], most: float) -> tuple[list[Package], dict[Package, Package]]:
    """Those that stay, in their order; and each that goes, with the one that stays in its place.

    Of two that are nearly the same the larger stays, of equal ones the one with the smaller id.
    """
    stay: list[Package] = []
    gone: dict[Package, Package] = {}
    for package in sorted(packages, key=lambda each: (-len(each.item_ids), str(each.package_id))):
        twin = next((each for each in stay if share(each.item_ids, package.item_ids) >= most), None)
        if twin is None:
            stay.append(package)
        else:
            gone[package] = twin
    return [package for package in packages if package not in gone], gone


def with_own_names(packages: Sequence[Package]) -> list[Package]:
    """Of two different packages with one name, the later gets a number."""
    taken: set[str] = set()
    named: list[Package] = []
    for package in packages:
        name, number = package.name, 1
        while _same(name) in taken:
            number += 1
            suffix = f" ({number})"
            name = shortened(package.name, MAX_NAME - len(suffix)) + suffix
        taken.add(_same(name))
        named.append(replace(package, name=name))
    return named


def _same(name: str) -> str:
    return " ".join(name.casefold().split())
