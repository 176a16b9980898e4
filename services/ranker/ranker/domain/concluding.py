"""How a revision ends."""

from collections import Counter
from collections.abc import Sequence

from contracts.deals import Snapshot
from contracts.ranking_data import FailedQueries, RankingDataGenerated, RankingOutcome
from contracts.ranking_report import RankingReport
from contracts.reference import Reference
from contracts.runs import Counts, RunFinished, RunStatus
from contracts.unplaced import Unplaced
from ranker.domain.making import excluded_all
from ranker.domain.records import Begun, Conclusion, GivenUp
from ranking.record import Record

LOST = "the input cannot be read any more: nobody can say what became of its candidates"
TOO_FEW = "too_few_clusters"


def concluded(
    begun: Begun,
    outcome: RankingOutcome,
    kept: Reference,
    *,
    report: RankingReport | None = None,
    records: tuple[Record, ...] = (),
    stopped: GivenUp | None = None,
) -> Conclusion:
    """No report: it came to nothing, for the reason why it was stopped."""
    frozen = begun.frozen
    counts = Counts(
        placed=len(outcome.placed),
        failed=len(outcome.failed),
        excluded=len(outcome.excluded),
        clusters=len(begun.drawn),
        failed_clusters=len(outcome.failed_clusters),
        queries=report.queries.kept if report else 0,
        positives=report.positives if report else 0,
        negatives=report.negatives if report else 0,
    )
    finished = RunFinished(
        tenant=frozen.tenant,
        run_id=frozen.run_id,
        revision=frozen.revision,
        kind="ranking_data",
        status=_status(counts, stopped),
        counts=counts,
        outcome=kept,
        words=f"{stopped.code}: {stopped.words}" if stopped else _words(outcome, report),
    )
    return Conclusion(finished, _generated(begun, outcome, counts), records)


def failed_all(
    begun: Begun, snapshot: Snapshot, names: Sequence[str], failed: Sequence[FailedQueries], why: GivenUp
) -> RankingOutcome:
    """It never came to records. Where there are too few clusters, nothing can be mended by a retry."""
    left = excluded_all(names, why.code, why.words)
    excluded, lost = (left, ()) if why.code == TOO_FEW else ((), left)
    return RankingOutcome(
        snapshot=begun.frozen.snapshot,
        failed=_sorted((*lost, *snapshot.failed)),
        excluded=_sorted((*excluded, *snapshot.excluded)),
        failed_clusters=tuple(failed),
    )


def with_unread(outcome: RankingOutcome, snapshot: Snapshot) -> RankingOutcome:
    """What was asked for and was not in the input has its place in the account as well."""
    return outcome.model_copy(
        update={
            "failed": _sorted((*outcome.failed, *snapshot.failed)),
            "excluded": _sorted((*outcome.excluded, *snapshot.excluded)),
        }
    )


def unreadable(begun: Begun) -> Conclusion:
    frozen = begun.frozen
    return Conclusion(
        RunFinished(
            tenant=frozen.tenant,
            run_id=frozen.run_id,
            revision=frozen.revision,
            kind="ranking_data",
            status="failed",
            words=LOST,
        )
    )


def _generated(begun: Begun, outcome: RankingOutcome, counts: Counts) -> RankingDataGenerated | None:
    frozen = begun.frozen
    if outcome.dataset is None or outcome.report is None:
        return None
    return RankingDataGenerated(
        tenant=frozen.tenant,
        run_id=frozen.run_id,
        revision=frozen.revision,
        dataset=outcome.dataset,
        report=outcome.report,
        queries=counts.queries,
        positives=counts.positives,
        negatives=counts.negatives,
    )


def _status(counts: Counts, stopped: GivenUp | None) -> RunStatus:
    if stopped is not None:
        by_code: dict[str, RunStatus] = {"cancelled": "cancelled", TOO_FEW: "refused"}
        return by_code.get(stopped.code, "failed")
    if counts.failed and not counts.placed:
        return "failed"
    return "completed_with_failures" if counts.failed or counts.failed_clusters else "completed"


def _words(outcome: RankingOutcome, report: RankingReport | None) -> str:
    failed = Counter(one.code for one in outcome.failed_clusters)
    told = [f"{number} clusters without queries: {code}" for code, number in sorted(failed.items())]
    if report and not report.records:
        told.append(f"no records: none of {report.queries.written} queries could be kept")
    return "; ".join([*told, *(report.words if report else ())])[:2000]


def _sorted(left: Sequence[Unplaced]) -> tuple[Unplaced, ...]:
    return tuple(sorted(left, key=lambda one: one.item_id))
