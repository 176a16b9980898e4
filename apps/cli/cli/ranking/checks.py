"""Checks of ranking data: every candidate accounted for, every record what tables and texts say."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest
from typing import Final

from cli.domain.conserved import same, some
from cli.ranking.evidence import RankingEvidence
from cli.ranking.results import RecordRow
from contracts.ranking_data import RankingDataGenerated
from contracts.ranking_report import RankingReport, SplitCounts
from contracts.runs import Counts
from ranking.record import Record

ROUNDING: Final = 1e-6  # of cosines that two machines have summed up in another order
SHARED: Final[tuple[tuple[str, Callable[[Record], str]], ...]] = (
    ("clusters", lambda record: record.cluster_id),
    ("candidates", lambda record: record.candidate_id),
    ("queries", lambda record: record.query),
)


def every_object_is_there_and_intact(run: RankingEvidence) -> Iterator[str]:
    """Snapshot, shards, packages, records, report and outcome, by sha256."""
    for broken in run.broken:
        yield f"{broken.what} {broken.key}: {broken.words}"
    ended = run.status in ("completed", "completed_with_failures")
    named = {broken.what for broken in run.broken}
    there = {
        "snapshot": run.snapshot,
        "dataset": run.records,
        "report": run.report,
        "outcome": run.outcome,
    }
    for what, one in there.items():
        if ended and one is None and what not in named:
            yield f"the run is {run.status}, and no table names its {what}"


def each_candidate_is_in_one_state(run: RankingEvidence) -> Iterator[str]:
    if run.outcome is None or run.snapshot is None:
        return
    outcome, snapshot = run.outcome, run.snapshot
    told = [*outcome.placed, *(one.item_id for one in (*outcome.failed, *outcome.excluded))]
    asked = [*run.items, *(one.item_id for one in (*snapshot.failed, *snapshot.excluded))]
    yield from same("asked for", asked, "in the outcome", told)


def what_is_placed_stands_in_a_record(run: RankingEvidence) -> Iterator[str]:
    """Existing records may name candidates of other runs; those of this run none."""
    if run.outcome is None:
        return
    named = {record.candidate_id for record in run.records or ()}
    yield from same("in records", named & run.items, "placed by the outcome", run.outcome.placed)
    if foreign := {record.candidate_id for record in run.added} - run.items:
        yield f"in records and never frozen: {some(foreign)}"


def the_records_of_the_table_are_those_of_the_dataset(run: RankingEvidence) -> Iterator[str]:
    told = [RecordRow.of(number, record) for number, record in enumerate(run.records or ())]
    if len(told) != len(run.rows):
        yield f"the dataset holds {len(told)} records, and the table {len(run.rows)}"
    differing = [
        number for number, (one, row) in enumerate(zip_longest(told, run.rows)) if one and row and one != row
    ]
    if differing:
        first = run.rows[differing[0]]
        yield f"{len(differing)} records are others in the table; the first is {first}"
    if (run.records or ())[: len(run.existing)] != run.existing:
        yield "the dataset does not begin with the records that were there before"


def every_record_answers_a_query_that_was_written(run: RankingEvidence) -> Iterator[str]:
    written = {
        (one.cluster_id, text, one.made_by, one.prompt) for one in run.query_sets for text in one.queries
    }
    unknown = [
        record.query
        for record in run.added
        if (record.cluster_id, record.query, record.made_by, record.prompt) not in written
    ]
    if unknown:
        yield f"in {len(unknown)} records and in no table of queries: {some(set(unknown))}"


def each_cluster_drawn_has_queries_or_a_failure(run: RankingEvidence) -> Iterator[str]:
    if run.outcome is None:
        return
    asked = [one.cluster_id for one in run.query_sets]
    failed = [one.cluster_id for one in run.outcome.failed_clusters]
    yield from same("drawn", run.drawn, "with queries or failed", [*asked, *failed])


def no_negative_is_a_positive_or_its_duplicate(run: RankingEvidence) -> Iterator[str]:
    """From texts and vectors as they are stored, without the code that looked for negatives."""
    if run.collection is None or run.records is None or run.brief is None:
        return
    from ranking.proving import proved  # noqa: PLC0415 - loads numpy

    proof = proved(run.collection, run.records, run.brief.settings.negatives)
    if proof.positive_negatives:
        yield f"{proof.positive_negatives} negatives are positives of their query"
    if proof.duplicate_negatives:
        yield f"{proof.duplicate_negatives} negatives are near duplicates of a positive of their query"
    if run.report is None:
        return
    told = run.report.proof
    for name in ("queries", "negatives", "pairs", "positive_negatives", "duplicate_negatives"):
        if getattr(told, name) != getattr(proof, name):
            words = f"{getattr(told, name)} {name.replace('_', ' ')}"
            yield f"the report says {words}; counted anew there are {getattr(proof, name)}"
    if abs(told.nearest - proof.nearest) > ROUNDING:
        yield f"the report says that the nearest are {told.nearest:.6f} alike; they are {proof.nearest:.6f}"


def splits_share_nothing(run: RankingEvidence) -> Iterator[str]:
    """Records that were there before may share something; then the report says so."""
    for what, of in SHARED:
        added, every = _shared(run.added, of), _shared(run.records or (), of)
        told = getattr(run.report.leaks, f"shared_{what}") if run.report else 0
        if added:
            yield f"{what} in more than one split: {some(added)}"
        if run.report and told != len(every):
            yield f"the report says {told} {what} in more than one split; there are {len(every)}"


def the_report_is_what_the_records_say(run: RankingEvidence) -> Iterator[str]:
    report, records = run.report, run.records
    if report is None or records is None:
        return
    for name, (told, counted) in _counted(run, report, records).items():
        if told != counted:
            yield f"the report says {told} {name}; there are {counted}"
    if report.drawn != tuple(sorted(run.drawn)):
        yield "the report names other clusters than were drawn"
    if run.brief and report.settings != run.brief.settings:
        yield "the report names other settings than the run had"
    for name in sorted(report.splits.keys() | {record.split for record in records}):
        there = _of_split([record for record in records if record.split == name])
        if report.splits.get(name, SplitCounts()) != there:
            yield f"the split {name} is another than the report says: {there!r}"


def the_counts_are_those_of_the_tables(run: RankingEvidence) -> Iterator[str]:
    if run.outcome is None or run.outcome_row is None:
        return
    positives = sum(record.label for record in run.records or ())
    counted = Counts(
        placed=len(run.outcome.placed),
        failed=len(run.outcome.failed),
        excluded=len(run.outcome.excluded),
        clusters=len(run.drawn),
        failed_clusters=len(run.outcome.failed_clusters),
        queries=len(_asked(run.added)),
        positives=positives,
        negatives=len(run.records or ()) - positives,
    )
    for who, told in (
        ("the ranker", run.outcome_row.counts),
        ("the ledger", run.ledger.counts if run.ledger else counted),
    ):
        for name in Counts.model_fields:
            if getattr(told, name) != getattr(counted, name):
                yield f"{who} counts {getattr(told, name)} {name}; there are {getattr(counted, name)}"


def the_data_were_told_of_once(run: RankingEvidence) -> Iterator[str]:
    times = len({one.event_id for one in run.events if one.topic == RankingDataGenerated.topic})
    if times != (run.dataset_row is not None):
        there = "is" if run.dataset_row else "is no"
        yield f"there {there} dataset, and {RankingDataGenerated.topic} was sent {times} times"


def _counted(
    run: RankingEvidence, report: RankingReport, records: tuple[Record, ...]
) -> dict[str, tuple[int, int]]:
    """What is told and what is there, by what it is called."""
    positives = sum(record.label for record in records)
    made_by = Counter(made_by for _, _, made_by in _asked(run.added))
    negatives = sum(not record.label for record in run.added)
    return {
        "records": (report.records, len(records)),
        "existing records": (report.existing, len(run.existing)),
        "positives": (report.positives, positives),
        "negatives": (report.negatives, len(records) - positives),
        "queries that were written": (
            report.queries.written,
            sum(len(one.queries) for one in run.query_sets),
        ),
        "queries that were kept": (report.queries.kept, made_by.total()),
        "queries made by rule": (report.queries.fallback, made_by["fallback"]),
        "stubs": (report.queries.stub, made_by["stub"]),
        "negatives that passed the guards": (report.guards.passed, negatives),
    }


def _of_split(records: list[Record]) -> SplitCounts:
    positives = sum(record.label for record in records)
    return SplitCounts(
        clusters=len({record.cluster_id for record in records}),
        candidates=len({record.candidate_id for record in records}),
        queries=len({(record.cluster_id, record.query) for record in records}),
        positives=positives,
        negatives=len(records) - positives,
    )


def _asked(records: Iterable[Record]) -> set[tuple[str, str, str]]:
    """Each query about each cluster, and who made it."""
    return {(record.cluster_id, record.query, record.made_by) for record in records}


def _shared(records: Iterable[Record], of: Callable[[Record], str]) -> set[str]:
    splits = Counter(thing for thing, _ in {(of(record), record.split) for record in records})
    return {thing for thing, number in splits.items() if number > 1}
