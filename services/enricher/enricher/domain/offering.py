"""What a revision offers, against what the one before it offered."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from contracts.runs import RunStatus

# A revision that was cancelled or that failed as a whole says nothing about what is offered.
SAYS_WHAT_IS_OFFERED: Final[frozenset[RunStatus]] = frozenset({"completed", "completed_with_failures"})


@dataclass(frozen=True, slots=True)
class Withdrawal:
    package_id: UUID
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Offering:
    """Packages with the revision that made each."""

    now: Mapping[UUID, int]
    withdrawn: tuple[Withdrawal, ...] = ()
    returned: Mapping[UUID, int] = field(default_factory=dict)  # after a revision without them


def offering(
    now: Mapping[UUID, int],
    before: Mapping[UUID, tuple[str, ...]] | None,
    frozen: AbstractSet[str],
    revision: int,
) -> Offering:
    """`before`: the deals of what was offered before; None: nothing ever was."""
    if before is None:
        return Offering(now)
    gone = sorted(before.keys() - now.keys())
    returned = {one: made for one, made in now.items() if made < revision and one not in before}
    return Offering(now, tuple(_withdrawal(one, before[one], frozen) for one in gone), returned)


def _withdrawal(package_id: UUID, item_ids: tuple[str, ...], frozen: AbstractSet[str]) -> Withdrawal:
    missing = sorted(set(item_ids) - frozen)
    if missing:
        return Withdrawal(package_id, "deal_gone", f"{len(missing)} of its deals are no longer there")
    return Withdrawal(package_id, "packaged_anew", "its deals were packaged in another way")
