"""What is kept of a run and of an upload, besides their tasks."""

from dataclasses import dataclass, field

from bundler.domain.log_record import GenerationRecord
from bundler.domain.planning import Plan
from contracts import Reference
from contracts.bundles import BundleGenerated, BundleOutcome, BundleType, Objective
from contracts.bundling import BundlesBrief
from contracts.deals import ItemsFrozen
from contracts.runs import RunFinished


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Why a run could not even begin."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Begun:
    """How a revision of a run began."""

    frozen: ItemsFrozen
    plan: Plan = field(default_factory=Plan)
    book: Reference | None = None  # its orders, numbered by catalogue row; None: it has none
    as_of_ms: int = 0
    spent_ms: int = 0
    given_up: GivenUp | None = None

    @property
    def brief(self) -> BundlesBrief:
        assert self.frozen.bundles is not None  # noqa: S101 - nothing else begins here
        return self.frozen.bundles


@dataclass(frozen=True, slots=True)
class Mined:
    """The pairs of one shard of products. No pairs: they could not be counted."""

    number: int
    pairs: Reference | None = None
    complete: bool = False
    duration_ms: int = 0
    code: str = ""


@dataclass(frozen=True, slots=True)
class ComboCost:
    """What the combos of a type took, for the next plan of the store."""

    objective: Objective
    kind: BundleType
    duration_ms: float


@dataclass(frozen=True, slots=True)
class Conclusion:
    """How a revision ends. No outcome: nobody can say what became of the products."""

    finished: RunFinished
    bundles: tuple[BundleGenerated, ...] = ()
    outcome: BundleOutcome | None = None
    record: GenerationRecord | None = None
    costs: tuple[ComboCost, ...] = ()
