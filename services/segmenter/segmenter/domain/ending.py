"""What a segmentation comes to: segments with names that follow from what is in them, and how it ended."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from contracts import Reference, canonical, derived_id
from contracts.runs import Counts, RunStatus
from contracts.segmentation import Segment, Segmentation
from contracts.unplaced import Unplaced
from segmenter.domain.assigning import Category
from segmenter.domain.params import ModelConfig, Params


def segments_of(
    categories: Sequence[Category],
    category_of: Mapping[str, str],
    content_of: Mapping[str, str],
    settings: tuple[Params, ModelConfig],
) -> tuple[Segment, ...]:
    """Those that hold products. `content_of`: the sha256 of each product."""
    members: defaultdict[str, list[str]] = defaultdict(list)
    for item_id, category_id in category_of.items():
        members[category_id].append(item_id)
    return tuple(
        Segment(
            segment_id=segment_id(sorted(members[category.category_id]), content_of, settings),
            kind="out_of_scope" if category.is_out_of_scope else "category",
            category_name=category.name,
            definition=category.definition,
            product_ids=tuple(sorted(members[category.category_id])),
        )
        for category in categories
        if category.category_id in members
    )


def segment_id(
    item_ids: Sequence[str], content_of: Mapping[str, str], settings: tuple[Params, ModelConfig]
) -> UUID:
    """The words of a model are no part of it."""
    members = [f"{item_id} {content_of[item_id]}" for item_id in item_ids]
    return derived_id("segment", *members, *(each.canonical().decode() for each in settings))


def taxonomy_sha256(segments: Sequence[Segment]) -> str:
    """Of names and definitions, whatever is in them and however many runs found them."""
    named = sorted((segment.category_name, segment.definition) for segment in segments)
    return hashlib.sha256(canonical(named)).hexdigest()


def segmentation(
    snapshot: Reference,
    segments: Sequence[Segment],
    moved: Sequence[str],
    failed: Sequence[Unplaced],
    excluded: Sequence[Unplaced],
) -> Segmentation:
    return Segmentation(
        snapshot=snapshot,
        taxonomy_sha256=taxonomy_sha256(segments),
        segments=tuple(segments),
        moved=tuple(sorted(moved)),
        failed=_by_item(failed),
        excluded=_by_item(excluded),
    )


def counts_of(found: Segmentation) -> Counts:
    sizes = Counter[str]()
    for segment in found.segments:
        sizes[segment.kind] += len(segment.product_ids)
    return Counts(
        placed=sizes.total(),
        failed=len(found.failed),
        excluded=len(found.excluded),
        segments=sum(segment.kind == "category" for segment in found.segments),
        out_of_scope=sizes["out_of_scope"],
    )


def status_of(counts: Counts, *, failed_steps: int, cancelled: bool) -> RunStatus:
    if cancelled:
        return "cancelled"
    if counts.failed and not counts.placed:
        return "failed"
    return "completed_with_failures" if counts.failed or failed_steps else "completed"


def words_of(failed: Sequence[Unplaced]) -> str:
    codes = Counter(one.code for one in failed)
    ordered = sorted(codes.items(), key=lambda entry: (-entry[1], entry[0]))
    return ", ".join(f"{number} failed: {code}" for code, number in ordered)


def _by_item(unplaced: Sequence[Unplaced]) -> tuple[Unplaced, ...]:
    return tuple(sorted(unplaced, key=lambda one: one.item_id))
