"""What is kept of a run, besides its calls."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from contracts import Reference
from contracts.deals import ItemsFrozen
from contracts.runs import RunFinished
from contracts.segmentation import Segmentation
from segmenter.domain.assigning import Assigned, Category
from segmenter.domain.params import ModelConfig, Params
from segmenter.domain.refining import Measured
from segmenter.domain.summary import ResultSummary

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Said(Generic[T]):
    """A good answer, and how many before it were not."""

    value: T
    repaired: int = 0


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Why a run could not even begin."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Begun:
    """How a revision of a run began, and whether it has come to its last phase."""

    frozen: ItemsFrozen
    params: Params
    config: ModelConfig
    given_up: GivenUp | None = None
    refining: bool = False

    @property
    def category(self) -> str:
        return self.frozen.segmentation.category if self.frozen.segmentation else ""


@dataclass(frozen=True, slots=True)
class ProductName:
    """A product as its catalog names it."""

    item_id: str
    is_number: bool


@dataclass(frozen=True, slots=True)
class FirstAssignment:
    """What the first two phases came to."""

    categories: tuple[Category, ...]
    assigned: Assigned


@dataclass(frozen=True, slots=True)
class LastAssignment:
    """What the third came to."""

    assigned: Assigned
    moved: frozenset[str]
    batches: tuple[Measured, ...] = ()


@dataclass(frozen=True, slots=True)
class Conclusion:
    """No segmentation: nobody can say what became of the products."""

    finished: RunFinished
    summary: ResultSummary
    segmentation: Segmentation | None = None
    stored: Reference | None = None  # the segmentation
