"""What a segmentation may be told, and what it comes to: every product in one segment of a taxonomy."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.event import Entity, RunEvent
from contracts.reference import Reference
from contracts.unplaced import Unplaced

SegmentKind = Literal["category", "out_of_scope"]


class SegmentationLlm(Entity):
    """Which model answers, and how freely. Null: the segmenter's own default."""

    model: str | None = Field(default=None, max_length=200)
    temperature: float | None = Field(default=None, ge=0, le=2)
    timeout_seconds: float = Field(default=60, gt=0, le=600)
    fresh: int = Field(
        default=0, ge=0, description="Sample number: 0 uses stored answers, n asks for the n-th new one."
    )
    prompt_version: int | None = Field(
        default=None, ge=1, description="Of all prompt files of the run; null: the newest of each."
    )


class SegmentationFeatures(Entity):
    """What a run may be spared, or spare itself."""

    consolidate_by_model: bool = Field(
        default=True, description="If not, categories are merged by their names alone."
    )
    merge_by_name: bool = Field(
        default=True, description="Where the model cannot merge categories, their names do; it is marked."
    )
    refine: bool = Field(default=True, description="Look again at products that stand between two segments.")
    roll_back: bool = Field(default=True, description="Undo what a refinement made worse.")


class SegmentationSettings(Entity):
    """Null: the segmenter's own default; what held is stored with the run."""

    embedding_model: str | None = Field(
        default=None, max_length=200, description="One that the embedder has; null: its default."
    )
    products_per_prompt: int | None = Field(default=None, ge=1, le=200)
    taxonomies_per_consolidation: int | None = Field(default=None, ge=2, le=100)
    products_per_refinement: int | None = Field(default=None, ge=1, le=200)
    refinement_share: float = Field(
        default=0.25, ge=0, le=1, description="Of the products, those with the least margin, are refined."
    )
    context_tokens: int = Field(
        default=32_000, ge=2_000, le=1_000_000, description="A prompt is kept within so many."
    )
    features: SegmentationFeatures = SegmentationFeatures()
    seed: int = Field(default=7, ge=0)
    llm: SegmentationLlm = SegmentationLlm()


class SegmentationBrief(Entity):
    """What is to be made of frozen products."""

    category: str = Field(min_length=1, max_length=200)
    settings: SegmentationSettings = SegmentationSettings()


class Segment(Entity):
    """A category of the taxonomy, and the products in it."""

    segment_id: UUID
    kind: SegmentKind = "category"
    category_name: str = Field(min_length=1, max_length=255)
    definition: str = Field(max_length=4000)
    product_ids: tuple[str, ...] = Field(default=(), description="Item ids, sorted.")


class Segmentation(Entity):
    """Everything a run's segmentation decided. It is stored; `segments.assigned` carries the reference."""

    snapshot: Reference
    taxonomy_sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="Of names and definitions, sorted.")
    segments: tuple[Segment, ...] = Field(default=(), description="After refinement.")
    moved: tuple[str, ...] = Field(default=(), description="Products that refinement put elsewhere.")
    failed: tuple[Unplaced, ...] = ()
    excluded: tuple[Unplaced, ...] = ()


class SegmentsAssigned(RunEvent):
    """Every product of the run is in one segment, or named as failed or excluded."""

    topic: ClassVar[str] = "segments.assigned.v1"

    segmentation: Reference
    taxonomy_version: int = Field(ge=1, description="Equal taxonomies of a category have one number.")
    segments: int = Field(ge=0, description="Categories, without the one of products out of scope.")
    placed: int = Field(default=0, ge=0)
    out_of_scope: int = Field(default=0, ge=0)
    failed: int = Field(default=0, ge=0)
    excluded: int = Field(default=0, ge=0)


class SegmentationOutcome(Entity):
    """What became of every product. It is stored; `run.finished` carries the reference."""

    segmentation: Reference
    placed: tuple[str, ...] = ()
    failed: tuple[Unplaced, ...] = ()
    excluded: tuple[Unplaced, ...] = ()
