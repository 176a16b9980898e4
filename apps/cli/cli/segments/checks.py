"""Checks of a segmentation: every product in exactly one category after each phase, and nothing made up."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from cli.domain.conserved import same, some
from cli.segments.evidence import Call, SegmentEvidence
from contracts.runs import Counts
from contracts.segmentation import Segment
from contracts.segmenting import (
    OUT_OF_SCOPE,
    BatchAsked,
    BatchTaxonomy,
    MergeAsked,
    MergedTaxonomy,
    RefineAsked,
    RefinedBatch,
)


def every_object_is_there_and_intact(run: SegmentEvidence) -> Iterator[str]:
    """Snapshot, shards, what calls were asked and came to, and the result, by sha256."""
    for broken in run.broken:
        yield f"{broken.what} {broken.key}: {broken.words}"
    ended = run.status in ("completed", "completed_with_failures") or run.outcome_row is not None
    lost = run.status == "failed" and run.outcome_row is not None and run.outcome_row.outcome is None
    named = {broken.what for broken in run.broken}
    for what, there in (
        ("snapshot", run.snapshot),
        ("segmentation", run.segmentation),
        ("outcome", run.outcome),
    ):
        if ended and not lost and there is None and what not in named:
            yield f"the run is {run.status}, and no table names its {what}"


def each_product_was_asked_about_once(run: SegmentEvidence) -> Iterator[str]:
    if not run.calls and (run.outcome_row is None or not run.first):
        return  # it never came to that: all of its products have failed
    asked = [item for call in run.of("segmentation") for item in _batch(call)]
    yield from same("frozen", run.items, "in batches", asked)
    yield from same("frozen", run.items, "among the run's products", run.products)


def each_batch_puts_each_product_into_one_category(run: SegmentEvidence) -> Iterator[str]:
    for call in run.of("segmentation"):
        if isinstance(call.answered, BatchTaxonomy):
            named = [item for category in call.answered.categories for item in category.product_ids]
            everything = [*named, *call.answered.out_of_scope]
            yield from same(f"asked in {call.name}", _batch(call), "answered", everything)
        elif call.state == "done":
            yield f"{call.name} is done and came to nothing"


def each_category_was_merged_into_exactly_one(run: SegmentEvidence) -> Iterator[str]:
    merged: list[str] = []
    for call in run.of("consolidate_taxonomy"):
        if isinstance(call.asked, MergeAsked) and isinstance(call.answered, MergedTaxonomy):
            went_in = [category.category_id for category in call.asked.categories]
            came_out = [name for category in call.answered.categories for name in category.merged]
            if call.answered.categories:  # else they are lost, and their products have failed
                yield from same(f"into {call.name}", went_in, "came out", came_out)
            merged += came_out
    for name, times in Counter(merged).items():
        if times > 1:
            yield f"category {name} was merged {times} times"


def the_first_assignment_follows_from_the_answers(run: SegmentEvidence) -> Iterator[str]:
    if not run.first:
        return
    known = {taxonomy.category_id for taxonomy in run.taxonomies.values()}
    wanted = {item: name for item, name in _destinations(run).items() if name in known}
    found = {item: run.taxonomies[number].category_id for item, number in run.first.items()}
    yield from _same_assignment("the first assignment", wanted, found)


def refinement_moved_only_what_it_was_asked_about(run: SegmentEvidence) -> Iterator[str]:
    if not run.refined:
        return
    yield from same("in the first assignment", run.first, "in the refined one", run.refined)
    answers = {item: name for call in run.of("refine_assignments") for item, name in _refined(call)}
    for item in sorted(run.refined.keys() & run.first.keys()):
        now = run.taxonomies[run.refined[item]].category_id
        if run.refined[item] != run.first[item] and answers.get(item) != now:
            yield f"{item} was moved to {now}, and no answer that stands says so"


def the_result_is_what_the_rows_say(run: SegmentEvidence) -> Iterator[str]:
    if run.segmentation is None:
        return
    names = {number: taxonomy.category_name for number, taxonomy in run.taxonomies.items()}
    rows = {item: names[number] for item, number in run.last.items()}
    told = {
        item: segment.category_name for segment in run.segmentation.segments for item in segment.product_ids
    }
    yield from _same_assignment("the result", rows, told)
    sizes = Counter(told.values())
    for taxonomy in run.taxonomies.values():
        if taxonomy.product_count != sizes[taxonomy.category_name]:
            yield (
                f"{taxonomy.category_name} says {taxonomy.product_count} products"
                f" and holds {sizes[taxonomy.category_name]}"
            )
    yield from _ids(run, run.segmentation.segments)


def each_product_is_in_one_state(run: SegmentEvidence) -> Iterator[str]:
    if run.outcome is None or run.snapshot is None:
        return
    outcome, snapshot = run.outcome, run.snapshot
    unplaced = (*outcome.failed, *outcome.excluded)
    told = [*outcome.placed, *(one.item_id for one in unplaced)]
    asked = [*run.items, *(one.item_id for one in (*snapshot.failed, *snapshot.excluded))]
    yield from same("asked for", asked, "in the outcome", told)
    yield from same("in a segment", run.last, "placed by the outcome", outcome.placed)
    excluded = [one.item_id for one in snapshot.excluded]
    yield from same(
        "excluded by the snapshot", excluded, "by the outcome", [one.item_id for one in outcome.excluded]
    )


def the_counts_are_those_of_the_tables(run: SegmentEvidence) -> Iterator[str]:
    if run.outcome is None or run.outcome_row is None or run.segmentation is None:
        return
    sizes = Counter[str]()
    for segment in run.segmentation.segments:
        sizes[segment.kind] += len(segment.product_ids)
    counted = Counts(
        placed=len(run.outcome.placed),
        failed=len(run.outcome.failed),
        excluded=len(run.outcome.excluded),
        segments=sum(segment.kind == "category" for segment in run.segmentation.segments),
        out_of_scope=sizes["out_of_scope"],
    )
    for who, told in (
        ("the segmenter", run.outcome_row.counts),
        ("the ledger", run.ledger.counts if run.ledger else counted),
    ):
        for name in Counts.model_fields:
            if getattr(told, name) != getattr(counted, name):
                yield f"{who} counts {getattr(told, name)} {name}; there are {getattr(counted, name)}"


def _ids(run: SegmentEvidence, segments: Iterable[Segment]) -> Iterator[str]:
    rows = {taxonomy.category_name: taxonomy.segment_id for taxonomy in run.taxonomies.values()}
    for segment in segments:
        if rows.get(segment.category_name) != str(segment.segment_id):
            yield f"segment {segment.category_name} has another id in the tables than in the result"


def _batch(call: Call) -> tuple[str, ...]:
    return call.asked.product_ids if isinstance(call.asked, BatchAsked) else ()


def _refined(call: Call) -> Iterator[tuple[str, str]]:
    if call.rolled_back:
        return
    if isinstance(call.asked, RefineAsked) and isinstance(call.answered, RefinedBatch):
        yield from zip(call.asked.product_ids, call.answered.category_ids, strict=True)


def _destinations(run: SegmentEvidence) -> dict[str, str]:
    """Where each product went, by the answers alone."""
    into: dict[str, str] = {}
    for call in run.of("consolidate_taxonomy"):
        if isinstance(call.answered, MergedTaxonomy):
            into |= {
                name: category.category_id
                for category in call.answered.categories
                for name in category.merged
            }
    found: dict[str, str] = {}
    for call in run.of("segmentation"):
        if isinstance(call.answered, BatchTaxonomy):
            found |= dict.fromkeys(call.answered.out_of_scope, OUT_OF_SCOPE)
            for category in call.answered.categories:
                found |= dict.fromkeys(category.product_ids, _last(category.category_id, into))
    return found


def _last(name: str, into: Mapping[str, str]) -> str:
    seen = {name}
    while name in into and into[name] not in seen:
        name = into[name]
        seen.add(name)
    return name


def _same_assignment(what: str, wanted: Mapping[str, str], found: Mapping[str, str]) -> Iterator[str]:
    yield from same("assigned by the answers", wanted, f"in {what}", found)
    astray = {item for item in wanted.keys() & found.keys() if wanted[item] != found[item]}
    if astray:
        yield f"{what} puts elsewhere than the answers do: {some(astray)}"
