"""A deal: inventory that a publisher's exchange offers to buyers, as Assort keeps it."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import Field, ValidationError

from contracts.deal_parts import Audience, Commercial, Curation, Inventory, Safety, Taxonomy, Terms, Tier
from contracts.errors import InvalidEvent
from contracts.event import Entity, describe, loads
from contracts.exchanges import Origin, origin_of
from contracts.feed import FeedDeal
from contracts.safety import SafetyScale, risk_of
from contracts.taxonomy import CONTENT_2_2, FILES, content_taxonomy
from contracts.terms import AdType, Domain, InventoryType, Text, Texts, Whole

__all__ = [
    "Audience",
    "Commercial",
    "Curation",
    "Deal",
    "Inventory",
    "Safety",
    "Taxonomy",
    "Terms",
    "Tier",
    "item_id",
    "read_deal",
    "split_item_id",
]

OPENRTB_DEFAULT_CATTAX = 1

Word = TypeVar("Word", AdType, InventoryType)


class Deal(Entity):
    """The one form of a deal inside Assort; names are those of the IAB Deals API 1.0 and OpenRTB 2.6."""

    origin: str = Field(pattern=r"^[a-z0-9._-]{1,253}$", description="Whose namespace the id belongs to.")
    id: Text = Field(max_length=255, description="Unique within its origin.")
    version: Whole | None = None
    name: Text
    desc: Text | None = None
    source: Text | None = None
    ssp_name: Text
    seller: Domain | None = None
    adtypes: tuple[AdType, ...] = ()
    taxonomy: Taxonomy = Taxonomy()
    concepts: Texts = ()
    safety: Safety = Safety()
    audience: Audience = Audience()
    commercial: Commercial = Commercial()
    terms: Terms = Terms()
    publishers: Texts = ()
    inventory: Inventory = Inventory()
    auxdata: Whole | None = None
    curation: Curation = Curation()
    sellerstatus: Whole | None = None
    assumed: Texts = Field(description="What the feed did not say: origin, ssp_name, cur, zone, cattax.")

    @property
    def item_id(self) -> str:
        return item_id(self.origin, self.id)

    @property
    def origin_known(self) -> bool:
        return "origin" not in self.assumed

    @property
    def content_sha256(self) -> str:
        return hashlib.sha256(self.canonical()).hexdigest()


def item_id(origin: str, deal_id: str) -> str:
    """The name of a deal everywhere in Assort, e.g. bidswitch.com/3001."""
    return f"{origin}/{deal_id}"


def split_item_id(item: str) -> tuple[str, str]:
    """Origin and deal id; an origin holds no slash, a deal id may."""
    origin, _, deal_id = item.partition("/")
    return origin, deal_id


def read_deal(
    body: bytes | str, *, default_currency: str = "USD", default_scale: SafetyScale = SafetyScale.IAB
) -> Deal:
    """A deal in any form that we know; InvalidEvent names the field and the reason."""
    document = loads(body)
    if isinstance(document, dict) and "assumed" in document:
        return Deal.read(body)
    try:
        return _deal(FeedDeal.model_validate(document), default_currency, default_scale)
    except ValidationError as error:
        raise InvalidEvent("schema", describe(error)) from error


def _deal(feed: FeedDeal, default_currency: str, default_scale: SafetyScale) -> Deal:
    exchange = feed.ssp_name or feed.source or feed.origin or feed.seller
    if exchange is None:
        raise InvalidEvent(
            "schema", "ssp_name: missing, and neither source nor origin says whose deal this is"
        )
    origin = origin_of(feed.origin or exchange)
    return Deal(
        origin=origin.domain,
        id=feed.id,
        version=feed.version,
        name=feed.name,
        desc=feed.desc,
        source=feed.source,
        ssp_name=exchange,
        seller=feed.seller,
        adtypes=_in_order(feed.adtypes),
        taxonomy=_taxonomy(feed),
        concepts=feed.concepts,
        safety=_safety(feed, default_scale),
        audience=Audience(inferred_audience=feed.inferred_audience, demographic_hint=feed.demographic_hint),
        commercial=_commercial(feed),
        terms=_terms(feed, default_currency),
        publishers=feed.publishers,
        inventory=_inventory(feed),
        auxdata=feed.auxdata,
        curation=Curation(curator=feed.curator, cdealid=feed.cdealid, curfeetype=feed.curfeetype),
        sellerstatus=feed.sellerstatus,
        assumed=tuple(_assumed(feed, origin)),
    )


def _assumed(feed: FeedDeal, origin: Origin) -> Iterator[str]:
    if not origin.known:
        yield "origin"
    if feed.ssp_name is None:
        yield "ssp_name"
    if feed.dealfloor is not None and feed.cur is None:
        yield "cur"
    if any(moment is not None and moment.tzinfo is None for moment in (feed.startdate, feed.enddate)):
        yield "zone"
    if feed.cat and feed.cattax is None:
        yield "cattax"


def _taxonomy(feed: FeedDeal) -> Taxonomy:
    cattax = feed.cattax or (OPENRTB_DEFAULT_CATTAX if feed.cat else CONTENT_2_2)
    tiers = _named_tiers(feed, cattax) if feed.tier1 else _shared_tiers(feed, cattax)
    return Taxonomy(cattax=cattax, tier1=tiers[0], tier2=tiers[1], tier3=tiers[2], cat=feed.cat)


def _named_tiers(feed: FeedDeal, cattax: int) -> list[Tier | None]:
    names = (feed.tier1, feed.tier2, feed.tier3)
    ids = content_taxonomy(cattax).resolve(names) if cattax in FILES else (None,) * len(names)
    return [Tier(name=name, id=tier_id) if name else None for name, tier_id in zip(names, ids, strict=True)]


def _shared_tiers(feed: FeedDeal, cattax: int) -> list[Tier | None]:
    """What the stated category ids have in common: true of the deal as a whole, and no guess."""
    if cattax not in FILES:
        return [None] * 3
    try:
        path = content_taxonomy(cattax).shared_path(feed.cat)
    except KeyError as error:
        raise InvalidEvent("taxonomy", f"cat: {error} is no category of cattax {cattax}") from error
    tiers = [Tier(name=category.name, id=category.category_id) for category in path]
    return [*tiers, None, None, None][:3]


def _safety(feed: FeedDeal, default_scale: SafetyScale) -> Safety:
    scale = feed.scale or default_scale
    try:
        risk = risk_of(feed.rating, scale)
    except ValueError as error:
        raise InvalidEvent("safety", f"safety.garm_risk_rating: {error}") from error
    return Safety(risk=risk, rating=feed.rating, scale=scale, family_safe=feed.family_safe)


def _commercial(feed: FeedDeal) -> Commercial:
    return Commercial(
        quality_tier=feed.quality_tier,
        volume_tier=feed.volume_tier,
        volume_metrics=feed.volume_metrics,
        inventory_scale=feed.inventory_scale,
        inventory_scale_type=feed.inventory_scale_type,
    )


def _terms(feed: FeedDeal, default_currency: str) -> Terms:
    cur = feed.cur if feed.cur or feed.dealfloor is None else default_currency
    return Terms(
        dealfloor=feed.dealfloor,
        cur=cur,
        pricetype=feed.pricetype,
        guaranteed=feed.guaranteed,
        units=feed.units,
        totalcost=feed.totalcost,
        startdate=_zoned(feed.startdate),
        enddate=_zoned(feed.enddate),
        countries=feed.countries,
        wseat=feed.wseat,
        bseat=feed.bseat,
        wadomain=feed.wadomain,
    )


def _inventory(feed: FeedDeal) -> Inventory:
    television = (InventoryType.CTV,) if feed.on_television else ()
    return Inventory(
        types=_in_order((*feed.inventory_types, *television)),
        devicetypes=tuple(sorted(set(feed.devicetypes))),
        sellerids=feed.sellerids,
        sitedomains=feed.sitedomains,
        appbundles=feed.appbundles,
        pubcount=feed.pubcount,
        dinventory=feed.dinventory,
    )


def _zoned(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _in_order(words: tuple[Word, ...]) -> tuple[Word, ...]:
    return tuple(sorted(set(words)))
