"""What each step of a segmentation is asked and what it answers, in the object store.

    segmentation            BatchAsked    -> BatchTaxonomy     some products -> categories of them
    consolidate_taxonomy    MergeAsked    -> MergedTaxonomy    categories -> fewer, each one in exactly one
    refine_assignments      RefineAsked   -> RefinedBatch      products between two categories -> one of them

Category ids are names within a run: `b3.0` was found in batch 3, `m0.2.5` by merge 2 of level 0.
"""

from typing import Final, Literal

from pydantic import Field

from contracts.event import Entity
from contracts.reference import Reference

Phase = Literal["segmentation", "consolidate_taxonomy", "refine_assignments"]
MadeBy = Literal["model", "names"]

OUT_OF_SCOPE: Final = "out_of_scope"  # the id of the category of what is no product of the kind asked for


class BatchAsked(Entity):
    """Some products, alike."""

    number: int = Field(ge=0)
    product_ids: tuple[str, ...] = Field(min_length=1, description="Item ids, sorted.")
    bodies: Reference = Field(description="JSON lines, in the order of `product_ids`.")


class FoundCategory(Entity):
    category_id: str
    category_name: str = Field(min_length=1, max_length=255)
    definition: str = Field(max_length=4000)
    product_ids: tuple[str, ...]


class BatchTaxonomy(Entity):
    """Each product of the batch is in one category, or out of scope."""

    number: int = Field(ge=0)
    categories: tuple[FoundCategory, ...] = ()
    out_of_scope: tuple[str, ...] = ()


class MergeCategory(Entity):
    """A category as it is to be merged."""

    category_id: str
    category_name: str
    definition: str
    product_count: int = Field(ge=0)
    examples: tuple[str, ...] = Field(default=(), description="Names of some of its products.")


class MergeAsked(Entity):
    level: int = Field(ge=0)
    number: int = Field(ge=0)
    categories: tuple[MergeCategory, ...]


class MergedCategory(Entity):
    category_id: str
    category_name: str = Field(min_length=1, max_length=255)
    definition: str = Field(max_length=4000)
    merged: tuple[str, ...] = Field(min_length=1, description="The categories that went into it.")


class MergedTaxonomy(Entity):
    """Each category that went in is in exactly one that came out."""

    level: int = Field(ge=0)
    number: int = Field(ge=0)
    made_by: MadeBy
    categories: tuple[MergedCategory, ...] = ()


class RefineCategory(Entity):
    category_id: str
    category_name: str
    definition: str


class RefineAsked(Entity):
    number: int = Field(ge=0)
    categories: tuple[RefineCategory, ...]
    product_ids: tuple[str, ...] = Field(min_length=1, description="Item ids, sorted.")
    current: tuple[str, ...] = Field(description="The category of each.")
    bodies: Reference


class RefinedBatch(Entity):
    """The category of each product, in the order in which they were asked about."""

    number: int = Field(ge=0)
    category_ids: tuple[str, ...]
