"""What is counted of records, and what somebody who reads them should know."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from contracts.ranking import Split
from contracts.ranking_report import GuardCounts, LeakReport, RankingReport, SplitCounts
from ranking.candidate import Collection
from ranking.proving import proved
from ranking.query import Query
from ranking.record import Record
from ranking.splitting import SPLITS, Splits


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a sound query. `dropped`: its positives that are at home in another split."""

    query: Query
    dropped: int
    records: tuple[Record, ...] = ()
    guards: GuardCounts = field(default_factory=GuardCounts)


def report_of(
    report: RankingReport,
    collection: Collection,
    records: Sequence[Record],
    outcomes: Sequence[Outcome],
    splits: Splits,
) -> RankingReport:
    """The report with all that is counted of these records."""
    positives = sum(record.label for record in records)
    counted = report.model_copy(
        update={
            "records": len(records),
            "positives": positives,
            "negatives": len(records) - positives,
            "guards": _summed([outcome.guards for outcome in outcomes]),
            "splits": {name: _of_split(records, name) for name in SPLITS},
            "leaks": _leaks(records, outcomes, splits),
            "proof": proved(collection, records, report.settings.negatives),
        }
    )
    return counted.model_copy(update={"words": tuple(_words(counted, splits))})


def _summed(counts: Sequence[GuardCounts]) -> GuardCounts:
    return GuardCounts(
        **{name: sum(getattr(one, name) for one in counts) for name in GuardCounts.model_fields}
    )


def _of_split(records: Sequence[Record], split: Split) -> SplitCounts:
    inside = [record for record in records if record.split == split]
    positives = sum(record.label for record in inside)
    return SplitCounts(
        clusters=len({record.cluster_id for record in inside}),
        candidates=len({record.candidate_id for record in inside}),
        queries=len({(record.cluster_id, record.query) for record in inside}),
        positives=positives,
        negatives=len(inside) - positives,
    )


def _leaks(records: Sequence[Record], outcomes: Sequence[Outcome], splits: Splits) -> LeakReport:
    return LeakReport(
        components=splits.components,
        largest_component=splits.largest,
        dropped_positives=sum(outcome.dropped for outcome in outcomes),
        shared_clusters=_shared(records, lambda record: record.cluster_id),
        shared_candidates=_shared(records, lambda record: record.candidate_id),
        shared_queries=_shared(records, lambda record: record.query),
    )


def _shared(records: Sequence[Record], of: Callable[[Record], str]) -> int:
    """How many stand in more than one split."""
    splits = Counter(thing for thing, _ in {(of(record), record.split) for record in records})
    return sum(count > 1 for count in splits.values())


def _words(report: RankingReport, splits: Splits) -> Iterator[str]:
    wanted, there = report.settings.num_clusters, len(report.drawn)
    if there < wanted:
        new = "" if there == report.clusters else " that were not asked about before"
        yield f"asked for {wanted} clusters, there are {there}{new}: all are used"
    for name in SPLITS:
        if getattr(report.settings.splits, name) and not report.splits[name].queries:
            yield f"{name} is empty: there are too few clusters that can be divided"
    if report.guards.missing:
        yield (
            f"{report.guards.missing} negatives are missing: "
            "too few candidates of their split passed the guards"
        )
    if splits.torn:
        yield (
            f"existing records have what belongs together in more than one split, {splits.torn} times: "
            "new records follow most of them, so splits may share candidates"
        )
