"""Candidates of all combos of a run, told one by one, so that whoever listens can stop at any moment."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final, Self

from bundling.budget import Combo, allotted_seconds
from bundling.bundle import Candidate
from bundling.candidates.finding import candidates
from bundling.candidates.knowledge import Knowledge
from bundling.complements import Complements
from bundling.deadline import Deadline
from bundling.likeness import Likeness
from bundling.mining import Baskets, Pairs, associations
from bundling.shop import Shop

TOLD_AT_ONCE: Final = 50  # candidates: what a combo that is stopped may lose


@dataclass(frozen=True, slots=True)
class Work:
    """Everything that the exploration of a store needs; it travels to another process."""

    shop: Shop
    pairs: Pairs
    combos: tuple[Combo, ...]
    basket_cap: int | None
    trust: float

    def after(self, count: int) -> Self:
        """Without the first so many combos."""
        return type(self)(self.shop, self.pairs, self.combos[count:], self.basket_cap, self.trust)


@dataclass(frozen=True, slots=True)
class Mined:
    """What the orders came to."""

    pairs: int
    associations: int
    baskets_cut: int
    pairs_lost_to_cut: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Came:
    """Candidates of the combo that is explored now."""

    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """The combo is over; not complete: its time was, or its process died."""

    combo: Combo
    seconds: float
    complete: bool
    crashed: bool = False


@dataclass(frozen=True, slots=True)
class Explored:
    """What came of all combos."""

    mined: Mined
    candidates: tuple[Candidate, ...]
    combos: tuple[tuple[Ended, int], ...]  # and how many candidates each has
    seconds: float


Told = Mined | Came | Ended


def explore(work: Work, deadline: Deadline) -> Iterator[Told]:
    known, mined = knowledge(work)
    yield mined
    for number, combo in enumerate(work.combos):
        seconds = allotted_seconds(deadline.left_seconds, len(work.combos) - number)
        yield from explored(combo, work.shop, known, deadline.within(seconds))


def explored(combo: Combo, shop: Shop, known: Knowledge, deadline: Deadline) -> Iterator[Came | Ended]:
    began, some = monotonic(), list[Candidate]()
    for candidate in candidates(combo, shop, known, deadline):
        some.append(candidate)
        if len(some) == TOLD_AT_ONCE:
            yield Came(tuple(some))
            some.clear()
    if some:
        yield Came(tuple(some))
    yield Ended(combo, monotonic() - began, complete=not deadline.passed())


def knowledge(work: Work) -> tuple[Knowledge, Mined]:
    shop = work.shop
    baskets = Baskets.of(shop.book, cap=work.basket_cap)
    believed = associations(work.pairs, baskets, rate=work.trust)
    partners = Complements.fit(shop.book, shop.catalog, int(shop.as_of_ms))
    mined = Mined(
        pairs=len(work.pairs.left),
        associations=len(believed.left),
        baskets_cut=baskets.cut,
        pairs_lost_to_cut=baskets.lost_pairs,
        complete=work.pairs.complete,
    )
    return Knowledge(partners, believed, Likeness.of(shop.catalog)), mined


def combined(told: Sequence[Told], seconds: float) -> Explored:
    """What was told, up to wherever it was stopped."""
    mined = next((one for one in told if isinstance(one, Mined)), Mined(0, 0, 0, 0, complete=False))
    found: list[Candidate] = []
    combos: list[tuple[Ended, int]] = []
    before = 0
    for one in told:
        if isinstance(one, Came):
            found += one.candidates
        elif isinstance(one, Ended):
            combos.append((one, len(found) - before))
            before = len(found)
    return Explored(mined, tuple(found), tuple(combos), seconds)
