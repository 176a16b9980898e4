"""The segmenter's rows in memory; one suite holds them and Postgres to the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from runtime import RunKey, Transaction
from segmenter.domain.records import Begun, Conclusion, FirstAssignment, LastAssignment, ProductName
from segmenter.domain.refining import Measured
from segmenter.domain.steps import Opened, Settled, Step, with_names


@dataclass
class MemoryRun:
    begun: Begun
    products: tuple[ProductName, ...]
    steps: list[Step]
    first: FirstAssignment | None = None
    last: LastAssignment | None = None
    conclusion: Conclusion | None = None
    measured: dict[int, Measured] = field(default_factory=dict)


class MemoryRows:
    def __init__(self) -> None:
        self.runs: dict[RunKey, MemoryRun] = {}
        self.versions: dict[tuple[str, str], dict[str, int]] = {}

    async def begin(
        self, tx: Transaction, begun: Begun, products: Sequence[ProductName], steps: Sequence[Opened]
    ) -> bool:
        if tx.run in self.runs:
            return False
        self.runs[tx.run] = MemoryRun(begun, tuple(products), [_open(step) for step in steps])
        return True

    async def begun(self, run: RunKey) -> Begun:
        return self.runs[run].begun

    async def steps(self, run: RunKey) -> Sequence[Step]:
        return sorted(self.runs[run].steps, key=lambda step: (step.opened.phase, step.opened.number))

    async def open(self, tx: Transaction, steps: Sequence[Opened]) -> None:
        run = self.runs[tx.run]
        run.steps += [_open(step) for step in steps]
        run.begun = replace(run.begun, refining=steps[0].phase == "refine_assignments")

    async def settle(self, tx: Transaction, phase: str, number: int, settled: Settled) -> None:
        run = self.runs[tx.run]
        for place, step in enumerate(run.steps):
            if (step.opened.phase, step.opened.number, step.state) == (phase, number, "open"):
                state = "failed" if settled.result is None else "done"
                run.steps[place] = Step(step.opened, "failed" if state == "failed" else "done", settled)

    async def merge_by_name(self, tx: Transaction, merges: Sequence[tuple[Opened, Settled]]) -> None:
        run = self.runs[tx.run]
        run.steps = with_names(run.steps, merges)

    async def assign(self, tx: Transaction, first: FirstAssignment) -> None:
        self.runs[tx.run].first = first

    async def reassign(self, tx: Transaction, last: LastAssignment) -> None:
        run = self.runs[tx.run]
        run.last = last
        run.measured = {each.number: each for each in last.batches}

    async def finish(self, tx: Transaction, conclusion: Conclusion) -> int | None:
        run = self.runs[tx.run]
        run.conclusion = conclusion
        found = conclusion.segmentation
        if found is None or not found.segments:
            return None
        known = self.versions.setdefault((tx.run.tenant, run.begun.category), {})
        return known.setdefault(found.taxonomy_sha256, len(known) + 1)


def _open(step: Opened) -> Step:
    return Step(step, "open", Settled())
