"""Two results side by side: which packages are the same, which have changed, which are only in one."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MATCH = 0.25  # Jaccard index from which two packages are told as one that has changed


@dataclass(frozen=True, slots=True)
class Pack:
    """A package, as far as it is compared. Its id follows from its members and the rules."""

    package_id: str
    name: str
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class Change:
    before: Pack
    after: Pack
    likeness: float  # Jaccard index of the members

    @property
    def added(self) -> list[str]:
        return sorted(self.after.members - self.before.members)

    @property
    def removed(self) -> list[str]:
        return sorted(self.before.members - self.after.members)


@dataclass(frozen=True, slots=True)
class Moved:
    """How many members there are in one of two results alone."""

    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every package of either result is in exactly one of these."""

    same: tuple[tuple[Pack, Pack], ...]
    changed: tuple[Change, ...]
    only_before: tuple[Pack, ...]
    only_after: tuple[Pack, ...]

    @property
    def moved(self) -> Moved:
        """Of all packs together, each counted with its own members."""
        added = sum(len(change.added) for change in self.changed)
        removed = sum(len(change.removed) for change in self.changed)
        return Moved(
            added + sum(len(pack.members) for pack in self.only_after),
            removed + sum(len(pack.members) for pack in self.only_before),
        )


def compare(before: Sequence[Pack], after: Sequence[Pack]) -> Comparison:
    later = {pack.package_id: pack for pack in after}
    same = tuple((pack, later[pack.package_id]) for pack in before if pack.package_id in later)
    known = {one.package_id for one, _ in same}
    left = [pack for pack in before if pack.package_id not in known]
    right = [pack for pack in after if pack.package_id not in known]
    changed = _matched(left, right)
    gone = {change.before.package_id for change in changed}
    come = {change.after.package_id for change in changed}
    return Comparison(
        same=same,
        changed=changed,
        only_before=tuple(pack for pack in left if pack.package_id not in gone),
        only_after=tuple(pack for pack in right if pack.package_id not in come),
    )


def compare_named(before: Sequence[Pack], after: Sequence[Pack]) -> Comparison:
    """Of packs whose ids say nothing of their members: with one id they are one, and may have changed."""
    later = {pack.package_id: pack for pack in after}
    both = [(pack, later[pack.package_id]) for pack in before if pack.package_id in later]
    known = {pack.package_id for pack, _ in both}
    return Comparison(
        same=tuple((one, other) for one, other in both if one.members == other.members),
        changed=tuple(_change(one, other) for one, other in both if one.members != other.members),
        only_before=tuple(pack for pack in before if pack.package_id not in known),
        only_after=tuple(pack for pack in after if pack.package_id not in known),
    )


def _change(before: Pack, after: Pack) -> Change:
    common = len(before.members & after.members)
    return Change(before, after, common / len(before.members | after.members))


def _matched(left: Sequence[Pack], right: Sequence[Pack]) -> tuple[Change, ...]:
    """Each package with at most one other, the most alike first."""
    candidates = [change for change in _candidates(left, right) if change.likeness >= MATCH]
    candidates.sort(key=lambda one: (-one.likeness, one.before.package_id, one.after.package_id))
    taken: set[str] = set()
    matched: list[Change] = []
    for change in candidates:
        both = {f"-{change.before.package_id}", f"+{change.after.package_id}"}
        if taken.isdisjoint(both):
            taken |= both
            matched.append(change)
    return tuple(matched)


def _candidates(left: Sequence[Pack], right: Sequence[Pack]) -> Iterator[Change]:
    """Pairs that share a member: the others cannot be alike."""
    holders: dict[str, list[Pack]] = {}
    for pack in right:
        for member in pack.members:
            holders.setdefault(member, []).append(pack)
    by_id = {pack.package_id: pack for pack in right}
    for pack in left:
        shared = Counter(other.package_id for member in pack.members for other in holders.get(member, ()))
        for other_id, common in shared.items():
            other = by_id[other_id]
            yield Change(pack, other, common / (len(pack.members) + len(other.members) - common))


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Leaves of two documents by their dotted names, where they are not the same."""
    left, right = dict(_leaves(before)), dict(_leaves(after))
    names = sorted(left.keys() | right.keys())
    return {name: (left.get(name), right.get(name)) for name in names if left.get(name) != right.get(name)}


def _leaves(document: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value
