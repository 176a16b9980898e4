"""What the members of a cluster have in common, and what sets them apart from the rest of a collection."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import log
from typing import Final, Literal, Self

from contracts.ranking import QueryRules
from ranking.candidate import Candidate, Collection, MiniCluster
from ranking.queries import Names
from ranking.words import WORD, words

MOST_VALUES: Final = 3
MOST_WORDS: Final = 8
WEAKEST: Final = 0.4  # of the weight of the most telling value
SHORTEST_WORD: Final = 4
LONGEST_PHRASE: Final = 5  # words; longer values are sentences and fit in no query
LETTERS: Final = re.compile(r"[^\W\d_]")
TOPICS: Final = re.compile(r"^tier|topic|theme|genre|category|industry|vertical|concept", re.IGNORECASE)
MEDIA: Final = re.compile("format|inventory|medi(a|um)|device|channel", re.IGNORECASE)
AUDIENCES: Final = re.compile("audience|demographic", re.IGNORECASE)
# They name somebody or something, or hold what no query should.
UNTOLD: Final = re.compile(
    r"\b(exchange|publishers?|sellers?|ssp|owners?|sponsors?|investors?|parent|names?|ids?|kind|url|domain|price|floor)\b",
    re.IGNORECASE,
)
MEASURES: Final = frozenset({"quality", "volume"})  # "high" alone says nothing
# They stand in every text, whatever it is about.
EMPTY_WORDS: Final = frozenset(
    (  # noqa: SIM905 - one word per line would fill a screen and say no more
        "about across after also among around been being best between both content does each every from have"
        " here high into just like made make many more most much need offer offers only other over provide"
        " provides same some such than that their them then there these they this those through under very"
        " want were what when where which while will with within without your"
    ).split()
)

Kind = Literal["sector", "medium", "audience", "trait"]


@dataclass(frozen=True, slots=True)
class Facet:
    """What each candidate has of one kind, row by row, and how many have each value."""

    values: Sequence[frozenset[str]]
    times: Mapping[str, int]

    @classmethod
    def of(cls, values: Iterable[Iterable[str]]) -> Self:
        rows = tuple(frozenset(filter(None, row)) for row in values)
        return cls(rows, Counter(value for row in rows for value in row))

    def without_common(self) -> Self:
        """What more than half of all have says nothing of any."""
        common = {value for value, times in self.times.items() if times * 2 > len(self.values)}
        return type(self)(tuple(row - common for row in self.values), self.times)

    def telling(
        self, rows: Sequence[int], most: int, without: frozenset[str] = frozenset()
    ) -> tuple[str, ...]:
        """What many of these have and few others, the best first."""
        seen = Counter(value for row in rows for value in self.values[row] - without)
        weights = {value: self._weight(value, here, len(rows)) for value, here in seen.items()}
        least = WEAKEST * max(weights.values(), default=0)
        found = sorted((-weight, value) for value, weight in weights.items() if weight >= least)
        return tuple(value for _, value in found[:most])

    def _weight(self, value: str, here: int, size: int) -> float:
        elsewhere = self.times[value] - here
        return here / size * log((2 + len(self.values)) / (1 + elsewhere))


@dataclass(frozen=True, slots=True)
class Traits:
    """What can be said of a cluster, of each kind the most telling first."""

    sector: tuple[str, ...]
    region: tuple[str, ...]
    medium: tuple[str, ...]
    audience: tuple[str, ...]
    trait: tuple[str, ...]
    word: tuple[str, ...] = ()

    def of(self, kind: str) -> tuple[str, ...]:
        found: tuple[str, ...] = getattr(self, kind)
        return found

    @property
    def words(self) -> frozenset[str]:
        told = (self.sector, self.region, self.medium, self.audience, self.trait, self.word)
        return words(" ".join(value for values in told for value in values))


@dataclass(frozen=True, slots=True)
class Facts:
    """What is computed once for all clusters of a collection."""

    collection: Collection = field(repr=False)
    rules: QueryRules
    sectors: Facet = field(repr=False)
    regions: Facet = field(repr=False)
    media: Facet = field(repr=False)
    audiences: Facet = field(repr=False)
    others: Facet = field(repr=False)
    words: Facet = field(repr=False)

    @classmethod
    def of(cls, collection: Collection, rules: QueryRules | None = None) -> Self:
        everyone = collection.candidates
        return cls(
            collection,
            rules or QueryRules(),
            sectors=Facet.of(_sectors(each) for each in everyone),
            regions=Facet.of(each.regions for each in everyone),
            media=Facet.of(_attributes(each, "medium") for each in everyone),
            audiences=Facet.of(_attributes(each, "audience") for each in everyone),
            others=Facet.of(_attributes(each, "trait") for each in everyone),
            words=Facet.of(_own_words(each) for each in everyone).without_common(),
        )

    def names_of(self, cluster: MiniCluster) -> Names:
        """What no query may copy."""
        return Names.of_cluster(cluster, self.collection)

    def traits_of(self, cluster: MiniCluster) -> Traits:
        rows = self.collection.rows_of(frozenset(cluster.core) or cluster.members)
        traits = Traits(
            sector=self.sectors.telling(rows, MOST_VALUES),
            region=self.regions.telling(rows, MOST_VALUES),
            medium=self.media.telling(rows, MOST_VALUES),
            audience=self.audiences.telling(rows, MOST_VALUES),
            trait=self.others.telling(rows, MOST_VALUES),
        )
        named = frozenset(word for _, worded in self.names_of(cluster).worded for word in worded)
        return replace(traits, word=self.words.telling(rows, MOST_WORDS, without=named | traits.words))


def _sectors(candidate: Candidate) -> Iterator[str]:
    yield from map(_phrase, candidate.sectors)
    yield from _attributes(candidate, "sector")


def _attributes(candidate: Candidate, kind: Kind) -> Iterator[str]:
    for attribute in candidate.attributes:
        name, _, value = attribute.partition(":")
        if _kind(name) == kind and not UNTOLD.search(name) and (phrase := _said(name, value)):
            yield phrase


def _kind(name: str) -> Kind:
    if TOPICS.search(name):
        return "sector"
    if MEDIA.search(name):
        return "medium"
    return "audience" if AUDIENCES.search(name) else "trait"


def _said(name: str, value: str) -> str:
    """As a person would say it; empty if nobody would, as is so of bare numbers."""
    name, value = _phrase(name), _phrase(value)
    if value in {"", "yes", "true"}:
        return name
    if value in {"no", "false", "none", "unknown"} or len(value.split()) > LONGEST_PHRASE:
        return ""
    if AUDIENCES.search(name) and not LETTERS.search(value):
        return f"people of {value}"
    return "" if not LETTERS.search(value) else f"{value} {name}" if name in MEASURES else value


def _phrase(value: str) -> str:
    return " ".join(value.casefold().replace("&", " and ").replace("_", " ").replace(",", " ").split())


def _own_words(candidate: Candidate) -> Iterator[str]:
    for word in WORD.findall(candidate.snippet.casefold()):
        if len(word) >= SHORTEST_WORD and word.isalpha() and word not in EMPTY_WORDS:
            yield word
