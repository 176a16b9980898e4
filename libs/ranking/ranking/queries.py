"""Which queries are kept, and what to tell a model of those that are not."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal, Self

from contracts.ranking import QueryRules
from contracts.ranking_report import QueryCounts
from ranking.candidate import Collection, MiniCluster, Vectors
from ranking.likeness import Real, cosines, unit
from ranking.query import Query
from ranking.words import overlap, share_of, words

Verdict = Literal["kept", "malformed", "duplicate", "copied_name", "lost", "spare"]


@dataclass(frozen=True, slots=True)
class Judged:
    """`kept`: places in what was judged, by cluster."""

    kept: tuple[int, ...]
    counts: QueryCounts


@dataclass(frozen=True, slots=True)
class Names:
    """Names that no query may copy, with their words.

    `title`, of the cluster: no candidate's text holds it and it may well be what people look for, so a query
    may come near to it, and only not be it.
    """

    worded: tuple[tuple[str, frozenset[str]], ...]
    title: str = ""

    @classmethod
    def of(cls, names: Iterable[str], title: str = "") -> Self:
        return cls(tuple((name, words(name)) for name in sorted(set(names))), title)

    @classmethod
    def of_cluster(cls, cluster: MiniCluster, collection: Collection) -> Self:
        members = (collection.of(candidate_id).name for candidate_id in cluster.members)
        return cls.of(members, cluster.name)

    def copied(self, said: frozenset[str], least: float) -> str | None:
        """Of a name of one word the query has to be that word: it may be what is looked for."""
        for name, worded in self.worded:
            if said == worded or (len(worded) > 1 and share_of(worded, said) >= least):
                return name
        return self.title if self.title and said == words(self.title) else None


@dataclass(slots=True)
class _Measure:
    """What the queries of a cluster are measured by. It grows with each that is kept."""

    names: Names
    core: Sequence[int]
    kept: list[frozenset[str]] = field(default_factory=list)

    @classmethod
    def of(cls, cluster: MiniCluster, collection: Collection) -> Self:
        return cls(Names.of_cluster(cluster, collection), collection.rows_of(cluster.core))


def judged(
    collection: Collection,
    queries: Sequence[Query],
    vectors: Vectors,
    rules: QueryRules,
    wanted: int,
    *,
    taken: Iterable[str] = (),
) -> Judged:
    """Cluster by cluster, each in its own order. `taken`: queries that exist already."""
    units = unit(collection.vectors)
    seen = {words(text) for text in taken}
    verdicts: dict[int, Verdict] = {}
    order = sorted(range(len(queries)), key=lambda place: queries[place].cluster_id)
    for cluster_id, places in groupby(order, key=lambda place: queries[place].cluster_id):
        measure = _Measure.of(collection.by_id[cluster_id], collection)
        for place in places:
            said = words(queries[place].text)
            verdicts[place] = _verdict(queries[place].text, said, measure, seen, rules)
            if verdicts[place] == "kept" and not _finds(measure, cosines(units, vectors[place]), rules.top_k):
                verdicts[place] = "lost"
            if verdicts[place] == "kept" and len(measure.kept) >= wanted:
                verdicts[place] = "spare"
            if verdicts[place] == "kept":
                measure.kept.append(said)
                seen.add(said)
    kept = tuple(place for place in order if verdicts[place] == "kept")
    return Judged(kept, counted(Counter(verdicts.values()), [queries[place] for place in kept]))


def counted(verdicts: Counter[Verdict], kept: Sequence[Query]) -> QueryCounts:
    made_by = Counter(query.made_by for query in kept)
    return QueryCounts(
        written=verdicts.total(), fallback=made_by["fallback"], stub=made_by["stub"], **dict(verdicts.items())
    )


def complaints(said: Sequence[str], wanted: int, names: Names, rules: QueryRules) -> list[str]:
    """What is wrong with a model's answer, in words for it; nothing where enough of its queries are sound."""
    before, found = list[frozenset[str]](), list[str]()
    for number, text in enumerate(said, 1):
        worded = words(text)
        if fault := _fault(text, worded, names, before, rules):
            found.append(f"query {number} {fault}")
        before.append(worded)
    sound = len(said) - len(found)
    if sound >= wanted:
        return []
    return [f"{sound} of {len(said)} queries can be used, {wanted} are wanted", *found]


def _fault(
    text: str, worded: frozenset[str], names: Names, before: Sequence[frozenset[str]], rules: QueryRules
) -> str:
    """The first thing that is wrong with a query."""
    same, name = _same(worded, before, rules), names.copied(worded, rules.name_overlap)
    if form := _form(text, worded, rules):
        return form
    if same is not None:
        return f"says the same as query {same + 1}"
    return "" if name is None else f"copies the name {name!r}: say what is looked for instead"


def _verdict(
    text: str, said: frozenset[str], measure: _Measure, seen: set[frozenset[str]], rules: QueryRules
) -> Verdict:
    if _form(text, said, rules):
        return "malformed"
    if said in seen or _same(said, measure.kept, rules) is not None:
        return "duplicate"
    return "copied_name" if measure.names.copied(said, rules.name_overlap) is not None else "kept"


def _form(text: str, said: frozenset[str], rules: QueryRules) -> str:
    """What is wrong with its form; words count once."""
    if len(said) < rules.min_words:
        return f"has fewer than {rules.min_words} different words"
    if len(text) > rules.max_characters:
        return f"has more than {rules.max_characters} characters"
    return "" if any(character.isalpha() for character in text) else "has no letters"


def _same(said: frozenset[str], before: Sequence[frozenset[str]], rules: QueryRules) -> int | None:
    """The place of the first that says the same."""
    places = (place for place, one in enumerate(before) if overlap(said, one) >= rules.duplicate_overlap)
    return next(places, None)


def _finds(measure: _Measure, near: Real, top_k: int) -> bool:
    """Is one of the core among the nearest? Of those that are equally near the first rows come first."""
    if not measure.core:
        return False
    best = min(measure.core, key=lambda row: (-near[row], row))
    before = (near > near[best]).sum() + (near[:best] == near[best]).sum()
    return bool(before < top_k)
