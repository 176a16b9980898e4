"""What the proof of a segmentation is made from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cli.domain.evidence import Named, RunEvidence
from contracts import Entity
from contracts.segmentation import Segmentation, SegmentationOutcome
from contracts.segmenting import MadeBy, Phase


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a run: what it was asked about and what came of it, as the object store has them."""

    phase: Phase
    number: int
    state: str
    made_by: MadeBy | None
    repaired: int
    rolled_back: bool
    input: Named
    result: Named | None
    asked: Entity | None = None
    answered: Entity | None = None

    @property
    def name(self) -> str:
        return f"{self.phase}/{self.number}"


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """A category of the run's taxonomy, as its row."""

    taxonomy_id: int
    category_id: str
    category_name: str
    kind: str
    product_count: int
    segment_id: str | None


@dataclass(frozen=True, slots=True)
class SegmentEvidence(RunEvidence):
    segmentation_row: Named | None = None
    segmentation: Segmentation | None = None
    outcome: SegmentationOutcome | None = None
    products: frozenset[str] = frozenset()  # rows of run_products
    calls: tuple[Call, ...] = ()
    taxonomies: Mapping[int, Taxonomy] = field(default_factory=dict)
    first: Mapping[str, int] = field(default_factory=dict)  # the taxonomy of each product
    refined: Mapping[str, int] = field(default_factory=dict)
    given_up: bool = False  # it could not even begin

    @property
    def reasons(self) -> frozenset[str]:
        if self.outcome is None:
            return frozenset()
        return frozenset(one.code for one in (*self.outcome.failed, *self.outcome.excluded))

    @property
    def last(self) -> Mapping[str, int]:
        """The assignment that counts."""
        return self.refined or self.first

    def of(self, phase: Phase) -> Iterator[Call]:
        return (call for call in self.calls if call.phase == phase)
