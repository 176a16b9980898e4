"""The fewest members that have to go so that the others keep every rule."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from contracts.deal import Deal
from packager.domain.rules import RULES, Rule, Way, Yardstick

MAX_WAYS: Final = 500  # of one rule; those that suit most members come first
MAX_STEPS: Final = 20_000  # then the best that was found has to do; usual packages need a few


@dataclass(frozen=True, slots=True)
class Dropped:
    """A member that breaks a rule as long as the others stay."""

    deal: Deal
    rule: Rule
    way: Way

    @property
    def words(self) -> str:
        return f"It is {self.rule.fact(self.deal)}"


@dataclass(frozen=True, slots=True)
class Fit:
    kept: tuple[Deal, ...]
    dropped: tuple[Dropped, ...]

    @property
    def worst_rule(self) -> Rule:
        """The one that costs most members."""
        rules = [each.rule for each in self.dropped]
        return max(RULES, key=rules.count)


def fitted(deals: Sequence[Deal], by: Yardstick) -> Fit:
    """The same for any order of the deals. Of equally large rests the first one stays."""
    ordered = sorted(deals, key=lambda deal: deal.item_id)
    rules = [rule for rule in RULES if rule.on(by.settings)]
    search = Search([undominated(rule.ways(ordered, by)) for rule in rules])
    search.go((1 << len(ordered)) - 1)
    return Fit(
        tuple(deal for place, deal in enumerate(ordered) if search.kept >> place & 1),
        tuple(
            _dropped(deal, place, rules, search.chosen)
            for place, deal in enumerate(ordered)
            if not search.kept >> place & 1
        ),
    )


@dataclass(slots=True)
class Search:
    """Depth first, the widest ways first; what cannot beat the best is left out."""

    choices: Sequence[Sequence[Way]]
    kept: int = 0
    chosen: tuple[Way, ...] = ()
    size: int = -1
    steps: int = 0
    path: list[Way] = field(default_factory=list)

    def go(self, members: int) -> None:
        if len(self.path) == len(self.choices):
            self.kept, self.chosen, self.size = members, tuple(self.path), members.bit_count()
            return
        for way in self.choices[len(self.path)]:
            rest = members & way.members
            if rest.bit_count() <= self.size or (self.steps >= MAX_STEPS and self.size >= 0):
                continue
            self.steps += 1
            self.path.append(way)
            self.go(rest)
            self.path.pop()
            if rest == members:
                return  # nobody has to go for this rule: no other way can be better


def undominated(ways: Iterable[Way]) -> list[Way]:
    """Without ways whose members another one suits as well; equal ones by their order."""
    found: list[Way] = []
    for way in sorted(ways, key=lambda way: -way.members.bit_count()):
        if not any(way.members & ~other.members == 0 for other in found):
            found.append(way)
        if len(found) == MAX_WAYS:
            break
    return found or [Way("of any kind", 0)]


def _dropped(deal: Deal, place: int, rules: Sequence[Rule], chosen: Sequence[Way]) -> Dropped:
    rule, way = next(
        (rule, way) for rule, way in zip(rules, chosen, strict=True) if not way.members >> place & 1
    )
    return Dropped(deal, rule, way)
