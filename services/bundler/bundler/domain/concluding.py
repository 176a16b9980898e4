"""How a revision ends."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from bundler.domain.choosing import Found
from bundler.domain.records import Begun, Conclusion, GivenUp
from contracts import Reference
from contracts.bundles import BundleOutcome
from contracts.deals import Snapshot
from contracts.runs import Counts, RunFinished, RunStatus
from contracts.unplaced import Unplaced

LOST = "the input cannot be read any more: nobody can say what became of its products"


def concluded(begun: Begun, found: Found, kept: Reference, *, cancelled: bool = False) -> Conclusion:
    outcome = found.outcome
    counts = Counts(
        placed=len(outcome.placed),
        failed=len(outcome.failed),
        excluded=len(outcome.excluded),
        bundles=len(outcome.bundles),
    )
    frozen = begun.frozen
    finished = RunFinished(
        tenant=frozen.tenant,
        run_id=frozen.run_id,
        revision=frozen.revision,
        kind="bundles",
        status=_status(counts, cancelled=cancelled),
        counts=counts,
        outcome=kept,
        words=_words(outcome),
    )
    return Conclusion(finished, found.bundles, outcome, found.record, found.costs)


def failed_all(begun: Begun, snapshot: Snapshot, names: Sequence[str], why: GivenUp) -> Found:
    """It never came to bundles."""
    failed = (Unplaced(item_id=name, code=why.code, words=why.words) for name in names)
    outcome = BundleOutcome(
        snapshot=begun.frozen.snapshot,
        orders=begun.book,
        failed=tuple(sorted((*failed, *snapshot.failed), key=lambda one: one.item_id)),
        excluded=snapshot.excluded,
    )
    return Found(outcome)


def unreadable(begun: Begun) -> Conclusion:
    frozen = begun.frozen
    return Conclusion(
        RunFinished(
            tenant=frozen.tenant,
            run_id=frozen.run_id,
            revision=frozen.revision,
            kind="bundles",
            status="failed",
            words=LOST,
        )
    )


def not_described(told: Conclusion, failures: Sequence[GivenUp]) -> Conclusion:
    """Bundles keep the names of their templates where a model gave none; then the run says so."""
    if not failures:
        return told
    words = f"bundles keep the names of their templates: {failures[0].code}: {failures[0].words}"
    said = {"words": words, "status": "completed_with_failures"}
    return replace(told, finished=told.finished.model_copy(update=said))


def _status(counts: Counts, *, cancelled: bool) -> RunStatus:
    if cancelled:
        return "cancelled"
    if counts.failed and not counts.placed:
        return "failed"
    return "completed_with_failures" if counts.failed else "completed"


def _words(outcome: BundleOutcome) -> str:
    failed = Counter(one.code for one in outcome.failed)
    if failed:
        return ", ".join(f"{number} failed: {code}" for code, number in sorted(failed.items()))
    if outcome.bundles:
        return ""
    reasons = Counter(one.code for one in outcome.excluded)
    why = ", ".join(f"{number} {code}" for code, number in reasons.most_common(3))
    return f"no bundle: {why}" if why else "no bundle: there are no products"
