"""The calls of a run, as rows remember them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from contracts import Reference
from contracts.segmenting import MadeBy, Phase


@dataclass(frozen=True, slots=True)
class Opened:
    """A call that is to be made."""

    phase: Phase
    number: int
    asked: Reference
    products: int = 0
    level: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a call. No result: it failed, with code and words."""

    result: Reference | None = None
    made_by: MadeBy | None = None
    repaired: int = 0
    code: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    opened: Opened
    state: Literal["open", "done", "failed"]
    settled: Settled


def with_names(steps: Sequence[Step], by_name: Sequence[tuple[Opened, Settled]]) -> list[Step]:
    """The calls, and the merges that names make: where a model was asked, its failure stays to be read."""
    known = {(step.opened.phase, step.opened.number): step for step in steps}
    for opened, settled in by_name:
        asked = known.get((opened.phase, opened.number))
        if asked is None:
            known[opened.phase, opened.number] = Step(opened, "done", settled)
        else:
            refused = replace(asked.settled, result=settled.result, made_by=settled.made_by)
            known[opened.phase, opened.number] = replace(asked, settled=refused)
    return list(known.values())
