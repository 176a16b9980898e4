"""The proof that a run lost nothing: each check is one function, and what it finds is one sentence each."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from cli.bundles import proof as bundles
from cli.bundles.evidence import BundleEvidence
from cli.domain.checks_any import OF_ANY_RUN
from cli.domain.checks_objects import every_object_is_there_and_intact, the_snapshot_holds_each_item_once
from cli.domain.checks_packages import (
    each_cluster_is_its_packages_and_its_excluded,
    each_item_is_in_one_state_and_the_outcome_agrees,
    every_cluster_has_its_rows,
    every_package_lies_within_its_cluster,
    every_package_was_enriched_skipped_or_failed,
    failed_clusters_are_named,
    the_counts_are_those_of_the_tables,
)
from cli.domain.evidence import Evidence, OpenWork, RunEvidence
from cli.domain.progress import alike
from cli.ranking import proof as ranking
from cli.ranking.evidence import RankingEvidence
from cli.segments import proof as segments
from cli.segments.evidence import SegmentEvidence

Check = Callable[[Evidence], Iterator[str]]

CHECKS: tuple[Check, ...] = (
    every_object_is_there_and_intact,
    the_snapshot_holds_each_item_once,
    every_cluster_has_its_rows,
    every_package_lies_within_its_cluster,
    each_cluster_is_its_packages_and_its_excluded,
    failed_clusters_are_named,
    every_package_was_enriched_skipped_or_failed,
    each_item_is_in_one_state_and_the_outcome_agrees,
    the_counts_are_those_of_the_tables,
    *OF_ANY_RUN,
)


@dataclass(frozen=True, slots=True)
class Checked:
    check: str
    findings: tuple[str, ...]

    @property
    def words(self) -> str:
        return self.check.replace("_", " ")


def prove(evidence: RunEvidence) -> list[Checked]:
    """By the checks of its kind."""
    if isinstance(evidence, SegmentEvidence):
        return [Checked(check.__name__, tuple(check(evidence))) for check in segments.CHECKS]
    if isinstance(evidence, BundleEvidence):
        return [Checked(check.__name__, tuple(check(evidence))) for check in bundles.CHECKS]
    if isinstance(evidence, RankingEvidence):
        return [Checked(check.__name__, tuple(check(evidence))) for check in ranking.CHECKS]
    assert isinstance(evidence, Evidence)  # noqa: S101 - there are four kinds
    return [Checked(check.__name__, tuple(check(evidence))) for check in CHECKS]


def open_ends(evidence: RunEvidence) -> list[str]:
    """What an unfinished run still waits for."""
    found = [
        f"{work.stage}: {work.rows} x {work.name} {work.state}" + (f": {work.reason}" if work.reason else "")
        for work in _merged(evidence.open_work)
    ]
    unsent = [f"{stage}: {rows} events are not sent yet" for stage, rows in evidence.unsent.items() if rows]
    return [*found, *unsent] or ["no stage has work for it now: are all services running?"]


def looked_at(evidence: RunEvidence) -> dict[str, int]:
    """How much evidence there was: a proof that looked at nothing proves nothing."""
    if isinstance(evidence, SegmentEvidence):
        return segments.looked_at(evidence)
    if isinstance(evidence, BundleEvidence):
        return bundles.looked_at(evidence)
    if isinstance(evidence, RankingEvidence):
        return ranking.looked_at(evidence)
    assert isinstance(evidence, Evidence)  # noqa: S101 - there are four kinds
    kinds = Counter(package.kind for package in evidence.packages.values())
    return {
        "items": len(evidence.items),
        "clusters": len(evidence.clusters),
        "packages": kinds["package"],
        "excluded packages": kinds["excluded"],
        "enriched packages": len(evidence.enriched),
        "LLM calls": len(evidence.interactions),
        "objects": evidence.objects_read + len(evidence.files),
        "events": len(evidence.events),
    }


def _merged(open_work: Sequence[OpenWork]) -> list[OpenWork]:
    """Reasons that differ in a number alone are one reason; the first of them is shown."""
    merged: dict[tuple[str, ...], OpenWork] = {}
    for work in open_work:
        key = (work.stage, work.name, work.state, alike(work.reason))
        known = merged.get(key)
        merged[key] = replace(known, rows=known.rows + work.rows) if known else work
    return list(merged.values())
