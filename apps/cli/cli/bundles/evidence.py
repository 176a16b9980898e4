"""What the proof of a run of bundles is made from."""

from dataclasses import dataclass

from cli.bundles.results import BundleRow
from cli.domain.evidence import Named, RunEvidence
from contracts.bundles import BundleOutcome


@dataclass(frozen=True, slots=True)
class BundleEvidence(RunEvidence):
    orders_row: Named | None = None
    orders_are_there: bool = False
    outcome: BundleOutcome | None = None
    bundles: tuple[BundleRow, ...] = ()

    @property
    def reasons(self) -> frozenset[str]:
        if self.outcome is None:
            return frozenset()
        return frozenset(one.code for one in (*self.outcome.failed, *self.outcome.excluded))
