"""Checks of bundles: every product accounted for once, every bundle what prices and tables say."""

from collections.abc import Iterator

from cli.bundles.evidence import BundleEvidence
from cli.domain.conserved import same, some
from contracts.bundles import Bundle, BundleGenerated
from contracts.runs import Counts
from contracts.terms import minor_digits

ROUNDING = 1e-5


def every_object_is_there_and_intact(run: BundleEvidence) -> Iterator[str]:
    """Snapshot, shards, order book and outcome, by sha256."""
    for broken in run.broken:
        yield f"{broken.what} {broken.key}: {broken.words}"
    ended = run.status in ("completed", "completed_with_failures")
    named = {broken.what for broken in run.broken}
    for what, there in (("snapshot", run.snapshot), ("outcome", run.outcome)):
        if ended and there is None and what not in named:
            yield f"the run is {run.status}, and no table names its {what}"


def each_product_is_in_one_state(run: BundleEvidence) -> Iterator[str]:
    if run.outcome is None or run.snapshot is None:
        return
    outcome, snapshot = run.outcome, run.snapshot
    told = [*outcome.placed, *(one.item_id for one in (*outcome.failed, *outcome.excluded))]
    asked = [*run.items, *(one.item_id for one in (*snapshot.failed, *snapshot.excluded))]
    yield from same("asked for", asked, "in the outcome", told)


def what_is_placed_is_in_a_bundle(run: BundleEvidence) -> Iterator[str]:
    if run.outcome is None:
        return
    held = {item.product_id for bundle in run.outcome.bundles for item in bundle.items}
    yield from same("in bundles", held, "placed by the outcome", run.outcome.placed)
    if foreign := held - run.items:
        yield f"in bundles and never frozen: {some(foreign)}"


def the_bundles_of_the_outcome_are_those_of_the_tables_and_events(run: BundleEvidence) -> Iterator[str]:
    if run.outcome is None:
        return
    told = {str(bundle.bundle_id): bundle for bundle in run.outcome.bundles}
    rows = {one.bundle_id: one.bundle for one in run.bundles}
    yield from same("in the outcome", told, "in the tables", [one.bundle_id for one in run.bundles])
    for name in sorted(told.keys() & rows.keys()):
        if told[name] != rows[name]:
            yield f"bundle {name} is another in the tables than in the outcome"
    if [one.rank for one in run.bundles] != list(range(1, len(run.bundles) + 1)):
        yield "the ranks of the bundles are not 1, 2, 3 and so on"
    sent = [event.entity for event in run.events if event.topic == BundleGenerated.topic]
    yield from same("in the outcome", told, "in events", sent)


def every_bundle_costs_what_its_products_and_its_discount_say(run: BundleEvidence) -> Iterator[str]:
    for bundle in run.outcome.bundles if run.outcome else ():
        for words in _of_one(bundle):
            yield f"bundle {bundle.bundle_id} {words}"


def the_counts_are_those_of_the_tables(run: BundleEvidence) -> Iterator[str]:
    if run.outcome is None or run.outcome_row is None:
        return
    counted = Counts(
        placed=len(run.outcome.placed),
        failed=len(run.outcome.failed),
        excluded=len(run.outcome.excluded),
        bundles=len(run.outcome.bundles),
    )
    for who, told in (
        ("the bundler", run.outcome_row.counts),
        ("the ledger", run.ledger.counts if run.ledger else counted),
    ):
        for name in Counts.model_fields:
            if getattr(told, name) != getattr(counted, name):
                yield f"{who} counts {getattr(told, name)} {name}; there are {getattr(counted, name)}"


def _of_one(bundle: Bundle) -> Iterator[str]:
    names = [item.product_id for item in bundle.items]
    if len(set(names)) < len(names):
        yield "holds a product twice"
    parts = sum(item.price for item in bundle.items)
    if abs(parts - bundle.full_price) > ROUNDING:
        yield f"says that its products cost {bundle.full_price}; they cost {parts:.2f}"
    if bundle.price > bundle.full_price + _unit(bundle) / 2:
        yield "costs more than its products"
    if abs(bundle.full_price * (1 - bundle.discount) - bundle.price) > _unit(bundle) + ROUNDING:
        yield f"says {bundle.discount:.0%} off {bundle.full_price}, and costs {bundle.price}"
    score = bundle.score
    hybrid = score.alpha * score.semantic + score.beta * score.data + score.gamma * score.business
    if abs(min(1.0, max(0.0, hybrid)) - score.hybrid) > ROUNDING:
        yield f"has the score {score.hybrid}, and its parts make {hybrid}"


def _unit(bundle: Bundle) -> float:
    """Prices are rounded to it."""
    digits: int = minor_digits(bundle.currency or "")
    return 10.0**-digits
