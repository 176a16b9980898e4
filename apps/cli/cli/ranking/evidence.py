"""What the proof of a run of ranking data is made from."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.domain.evidence import Named, RunEvidence
from cli.ranking.results import QuerySet, RecordRow
from contracts.ranking import RankingBrief
from contracts.ranking_data import RankingOutcome
from contracts.ranking_report import RankingReport
from ranking.record import Record

if TYPE_CHECKING:  # numpy, which no other command waits for
    from ranking.candidate import Collection


@dataclass(frozen=True, slots=True)
class RankingEvidence(RunEvidence):
    """No brief: the ranker has not heard of the run."""

    brief: RankingBrief | None = None
    drawn: tuple[str, ...] = ()
    ground_row: Named | None = None
    dataset_row: Named | None = None
    report_row: Named | None = None
    query_sets: tuple[QuerySet, ...] = ()
    rows: tuple[RecordRow, ...] = ()
    outcome: RankingOutcome | None = None
    report: RankingReport | None = None
    records: tuple[Record, ...] | None = None  # of the stored dataset
    existing: tuple[Record, ...] = ()
    collection: "Collection | None" = None  # from stored bodies and vectors

    @property
    def added(self) -> tuple[Record, ...]:
        """Records that this run has made."""
        return (self.records or ())[len(self.existing) :]

    @property
    def reasons(self) -> frozenset[str]:
        if self.outcome is None:
            return frozenset()
        candidates = {one.code for one in (*self.outcome.failed, *self.outcome.excluded)}
        return frozenset(candidates | {one.code for one in self.outcome.failed_clusters})
