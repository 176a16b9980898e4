"""From clusters and queries to records, and a report of them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Self

from contracts.ranking import RankingSettings
from contracts.ranking_report import QueryCounts, RankingReport
from ranking.candidate import Collection, MiniCluster, Vectors
from ranking.labelling import labelled
from ranking.likeness import Likeness, cosines, unit
from ranking.negatives import Ground, Known, find
from ranking.queries import judged
from ranking.query import Query
from ranking.record import Record
from ranking.reporting import Outcome, report_of
from ranking.splitting import Splits, split


@dataclass(frozen=True, slots=True)
class Dataset:
    records: tuple[Record, ...]
    report: RankingReport


@dataclass(frozen=True, slots=True)
class _Asked:
    """A sound query and the vector of it."""

    query: Query
    vector: Vectors


@dataclass(frozen=True, slots=True)
class _Sources:
    """All that records are made of besides the queries."""

    collection: Collection
    units: Vectors
    likeness: Likeness
    splits: Splits
    known: Known
    settings: RankingSettings

    @classmethod
    def of(
        cls,
        collection: Collection,
        drawn: Sequence[MiniCluster],
        settings: RankingSettings,
        existing: Sequence[Record],
    ) -> Self:
        likeness = Likeness.of(collection, settings.negatives)
        ids = frozenset(cluster.cluster_id for cluster in drawn)
        splits = split(collection, likeness, settings.splits, settings.seed, ids, existing=existing)
        return cls(collection, unit(collection.vectors), likeness, splits, Known.of(existing), settings)


def assemble(
    collection: Collection,
    drawn: Sequence[MiniCluster],
    queries: Sequence[Query],
    query_vectors: Vectors,
    settings: RankingSettings,
    *,
    source: str,
    existing: Sequence[Record] = (),
    versions: tuple[str, ...] = (),
) -> Dataset:
    """Existing records stay first and as they are; a vector for each query."""
    sources = _Sources.of(collection, drawn, settings, existing)
    taken = {record.query for record in existing}
    verdict = judged(
        collection, queries, query_vectors, settings.queries, settings.queries_per_cluster, taken=taken
    )
    asked = [_Asked(queries[place], query_vectors[place]) for place in verdict.kept]
    outcomes = list(_outcomes(asked, sources))
    records = (
        *existing,
        *sorted((record for outcome in outcomes for record in outcome.records), key=_order),
    )
    report = RankingReport(
        seed=settings.seed,
        source=source,
        model=collection.model,
        settings=settings,
        versions=versions,
        clusters=len(collection.clusters),
        drawn=tuple(sorted(cluster.cluster_id for cluster in drawn)),
        existing=len(existing),
        queries=_without_lost(verdict.counts, outcomes),
    )
    return Dataset(records, report_of(report, collection, records, outcomes, sources.splits))


def _outcomes(asked: Sequence[_Asked], sources: _Sources) -> Iterator[Outcome]:
    """Cluster by cluster: what stops negatives is mostly the same for all its queries."""
    for cluster_id, group in groupby(asked, key=lambda one: one.query.cluster_id):
        cluster = sources.collection.by_id[cluster_id]
        ground = Ground.of(cluster, sources.collection, sources.likeness, sources.splits)
        for one in group:
            yield _outcome(one, ground, sources)


def _outcome(asked: _Asked, ground: Ground, sources: _Sources) -> Outcome:
    """Nothing is looked for where no positive is at home in the split."""
    query, dropped = asked.query, len(ground.members) - len(ground.positives)
    if not ground.positives:
        return Outcome(query, dropped)
    found = find(
        sources.likeness,
        ground,
        sources.known.to(query, sources.collection),
        cosines(sources.units, asked.vector),
        margin=sources.settings.negatives.margin,
        wanted=sources.settings.negatives_per_query,
    )
    split = sources.splits.split_of_cluster(query.cluster_id)
    records = tuple(labelled(query, ground, found.rows, sources.collection, split))
    return Outcome(query, dropped, records, found.counts)


def _without_lost(counts: QueryCounts, outcomes: Sequence[Outcome]) -> QueryCounts:
    """A query without positives has found nothing of its cluster either."""
    made_by = Counter(outcome.query.made_by for outcome in outcomes if outcome.records)
    kept = made_by.total()
    changed = {"kept": kept, "lost": counts.lost + counts.kept - kept}
    return counts.model_copy(update=changed | {"fallback": made_by["fallback"], "stub": made_by["stub"]})


def _order(record: Record) -> tuple[str, str, int, str]:
    return record.cluster_id, record.query, -record.grade, record.candidate_id
