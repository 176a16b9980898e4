"""What exploration came to, as bundles that travel, as an account of every product, and as a record."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from bundler.domain.log_record import GenerationRecord
from bundler.domain.naming import template
from bundler.domain.recording import record_of
from bundler.domain.records import Begun, ComboCost
from bundling.accounting import unplaced
from bundling.budget import Combo
from bundling.choosing import BY_SCORE_ALONE, Choice, Chosen, Wish, choose
from bundling.generating import Explored, Work
from bundling.mining import Pairs
from bundling.shop import Shop
from contracts import derived_id
from contracts.bundles import (
    Bundle,
    BundleEvidence,
    BundleGenerated,
    BundleItem,
    BundleOutcome,
    BundleScore,
    Tier,
)
from contracts.bundling import BundleSettings
from contracts.deals import Snapshot
from contracts.unplaced import Unplaced

DIGITS: Final = 6  # of scores: more would say more than is known, and differ between machines


@dataclass(frozen=True, slots=True)
class Found:
    outcome: BundleOutcome
    bundles: tuple[BundleGenerated, ...] = ()
    record: GenerationRecord | None = None
    costs: tuple[ComboCost, ...] = ()

    @property
    def items(self) -> int:
        outcome = self.outcome
        return len(outcome.placed) + len(outcome.failed) + len(outcome.excluded)


def work_of(begun: Begun, shop: Shop, pairs: Pairs) -> Work:
    combos = tuple(Combo(one.objective, one.type) for one in begun.plan.combos)
    settings = begun.brief.settings
    return Work(shop, pairs, combos, settings.basket_cap, settings.trust)


def found_by(begun: Begun, snapshot: Snapshot, shop: Shop, explored: Explored, spent_ms: int) -> Found:
    choice = choose(shop, explored.candidates, _wish(begun.brief.settings))
    bundles = tuple(bundle_of(one, begun, shop) for one in choice.chosen)
    return Found(
        outcome=_outcome(begun, snapshot, shop, choice, bundles),
        bundles=tuple(_generated(begun, bundle, rank) for rank, bundle in enumerate(bundles, start=1)),
        record=record_of(begun, shop, explored, choice, spent_ms),
        costs=tuple(
            ComboCost(ended.combo.objective, ended.combo.kind, ended.seconds * 1000)
            for ended, _ in explored.combos
            if not ended.crashed
        ),
    )


def bundle_of(chosen: Chosen, begun: Begun, shop: Shop) -> Bundle:
    candidate, price, by = chosen.offer.candidate, chosen.offer.price, chosen.weights
    catalog = shop.catalog
    items = tuple(
        BundleItem(
            product_id=catalog.product_ids[row], name=catalog.names[row], price=float(catalog.prices[row])
        )
        for row in candidate.rows
    )
    evidence = {name: getattr(candidate.evidence, name) for name in BundleEvidence.model_fields}
    bundle = Bundle(
        bundle_id=derived_id("bundle"),
        store=begun.brief.store,
        kind=candidate.kind,
        objective=candidate.objective,
        method=candidate.method,
        cold_start=candidate.cold_start,
        items=items,
        currency=catalog.currencies[catalog.currency[candidate.rows[0]]] or None,
        full_price=round(price.full, DIGITS),
        price=price.price,
        discount=round(price.discount, DIGITS),
        tiers=tuple(Tier(quantity=tier.quantity, discount=tier.discount) for tier in price.tiers),
        margin=None if price.margin is None else round(price.margin, DIGITS),
        score=BundleScore(
            semantic=round(candidate.semantic, DIGITS),
            data=round(candidate.data, DIGITS),
            business=round(candidate.business, DIGITS),
            alpha=round(by.alpha, DIGITS),
            beta=round(by.beta, DIGITS),
            gamma=round(by.gamma, DIGITS),
            hybrid=round(chosen.hybrid, DIGITS),
            mmr=round(chosen.mmr, DIGITS),
        ),
        evidence=BundleEvidence.model_validate({name: _rounded(value) for name, value in evidence.items()}),
    )
    return bundle.model_copy(update={"bundle_id": _bundle_id(bundle)})


def _bundle_id(bundle: Bundle) -> UUID:
    """Of what is offered: its products, their prices, how and why. Scores and evidence may move."""
    items = [(item.product_id, item.price) for item in bundle.items]
    return derived_id(
        "bundle",
        bundle.store,
        bundle.kind,
        bundle.objective,
        bundle.method,
        items,
        bundle.price,
        bundle.tiers,
    )


def _rounded(value: float) -> float:
    return value if isinstance(value, int) else round(value, DIGITS)


def _generated(begun: Begun, bundle: Bundle, rank: int) -> BundleGenerated:
    frozen, (name, description) = begun.frozen, template(bundle)
    return BundleGenerated(
        tenant=frozen.tenant,
        run_id=frozen.run_id,
        revision=frozen.revision,
        bundle=bundle,
        rank=rank,
        name=name,
        description=description,
    )


def _outcome(
    begun: Begun, snapshot: Snapshot, shop: Shop, choice: Choice, bundles: tuple[Bundle, ...]
) -> BundleOutcome:
    why = unplaced(shop, choice)
    ids = shop.catalog.product_ids
    excluded = (Unplaced(item_id=ids[row], code=code, words=words) for row, (code, words) in why.items())
    return BundleOutcome(
        snapshot=begun.frozen.snapshot,
        orders=begun.book,
        bundles=bundles,
        placed=tuple(name for row, name in enumerate(ids) if row not in why),
        failed=snapshot.failed,
        excluded=tuple(sorted((*excluded, *snapshot.excluded), key=lambda one: one.item_id)),
    )


def _wish(settings: BundleSettings) -> Wish:
    return Wish(settings.bundles, settings.mmr_lambda if settings.diverse else BY_SCORE_ALONE)
