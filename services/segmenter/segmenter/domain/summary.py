"""How a run went, in figures: `segmentation_runs.result_summary`."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Final

from contracts.event import Entity
from contracts.segmentation import Segmentation
from contracts.segmenting import Phase
from segmenter.domain.assigning import Assigned
from segmenter.domain.ending import counts_of
from segmenter.domain.refining import Refinement
from segmenter.domain.steps import Step

PHASES: Final[tuple[Phase, ...]] = ("segmentation", "consolidate_taxonomy", "refine_assignments")


class PhaseSummary(Entity):
    steps: int = 0
    failed: int = 0
    repaired: int = 0  # calls whose first answer was not good enough


class ResultSummary(Entity):
    segments: int = 0
    out_of_scope: int = 0
    placed: int = 0
    failed: int = 0
    excluded: int = 0
    taxonomy_sha256: str = ""
    phases: Mapping[Phase, PhaseSummary] = {}
    repaired_calls: tuple[str, ...] = ()  # phase/number
    merged_by_name: tuple[str, ...] = ()
    looked_at_again: int = 0
    moved: int = 0
    batches_rolled_back: int = 0
    mean_margin_before: float | None = None
    mean_margin_after: float | None = None
    mean_confidence: float | None = None


def summary(
    steps: Sequence[Step],
    found: Segmentation,
    final: Assigned | None = None,
    refined: Refinement | None = None,
) -> ResultSummary:
    counts = counts_of(found)
    batches = refined.batches if refined else ()
    sizes = [step.opened.products for step in steps if step.opened.phase == "refine_assignments"]
    return ResultSummary(
        segments=counts.segments,
        out_of_scope=counts.out_of_scope,
        placed=counts.placed,
        failed=counts.failed,
        excluded=counts.excluded,
        taxonomy_sha256=found.taxonomy_sha256,
        phases={phase: _of_phase(steps, phase) for phase in PHASES},
        repaired_calls=_named(step for step in steps if step.settled.repaired),
        merged_by_name=_named(step for step in steps if step.settled.made_by == "names"),
        looked_at_again=sum(sizes),
        moved=len(found.moved),
        batches_rolled_back=sum(batch.rolled_back for batch in batches),
        mean_margin_before=refined.before if refined else None,
        mean_margin_after=refined.after if refined else None,
        mean_confidence=fmean(final.confidence_of.values()) if final and final.confidence_of else None,
    )


def _of_phase(steps: Sequence[Step], phase: Phase) -> PhaseSummary:
    own = [step for step in steps if step.opened.phase == phase]
    return PhaseSummary(
        steps=len(own),
        failed=sum(step.state == "failed" for step in own),
        repaired=sum(step.settled.repaired > 0 for step in own),
    )


def _named(steps: Iterable[Step]) -> tuple[str, ...]:
    return tuple(f"{step.opened.phase}/{step.opened.number}" for step in steps)
