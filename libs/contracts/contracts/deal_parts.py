"""The parts of a deal. Names are those of the IAB Deals API 1.0 and OpenRTB 2.6 where they have one."""

from collections.abc import Mapping
from typing import Self

from pydantic import Field, model_validator

from contracts.event import Entity
from contracts.moments import Moment
from contracts.safety import SafetyRisk, SafetyScale
from contracts.taxonomy import CONTENT_2_2
from contracts.terms import (
    Countries,
    Currency,
    Domain,
    Domains,
    InventoryType,
    Number,
    PriceType,
    Text,
    Texts,
    Whole,
)


class Tier(Entity):
    """One level of the taxonomy; no id where the name is not in the pinned version."""

    name: Text
    id: Text | None = None


class Taxonomy(Entity):
    """What the content is about, in one version of the IAB content taxonomy (`cattax`, AdCOM's number)."""

    cattax: Whole = CONTENT_2_2
    tier1: Tier | None = None
    tier2: Tier | None = None
    tier3: Tier | None = None
    cat: Texts = Field(default=(), description="Category ids as the feed stated them.")

    @property
    def tiers(self) -> tuple[Tier, ...]:
        return tuple(tier for tier in (self.tier1, self.tier2, self.tier3) if tier is not None)


class Safety(Entity):
    risk: SafetyRisk = SafetyRisk.UNKNOWN
    rating: Text | None = Field(default=None, description="The feed's own word.")
    scale: SafetyScale = Field(default=SafetyScale.IAB, description="What the feed means by its word.")
    family_safe: bool | None = None


class Audience(Entity):
    inferred_audience: Texts = ()
    demographic_hint: Text | None = None


class Commercial(Entity):
    quality_tier: Text | None = None
    volume_tier: Text | None = None
    volume_metrics: Mapping[str, float | str] = {}
    inventory_scale: Number | None = None
    inventory_scale_type: Text | None = None


class Terms(Entity):
    """Price, time, place and buyers. A floor is guidance on the price, unless the price is fixed."""

    dealfloor: Number | None = None
    cur: Currency | None = None
    pricetype: PriceType | None = None
    guaranteed: bool | None = None
    units: Number | None = None
    totalcost: Number | None = None
    startdate: Moment | None = None
    enddate: Moment | None = None
    countries: Countries = Field(default=(), description="ISO 3166 alpha-3; none stated: no limit stated.")
    wseat: Texts = Field(default=(), description="Buyer seats that may buy; none stated: no limit stated.")
    bseat: Texts = ()
    wadomain: Domains = ()

    @model_validator(mode="after")
    def _in_time(self) -> Self:
        if self.startdate and self.enddate and self.enddate < self.startdate:
            raise ValueError(f"enddate {self.enddate} is before startdate {self.startdate}")
        return self


class Inventory(Entity):
    types: tuple[InventoryType, ...] = ()
    devicetypes: tuple[Whole, ...] = Field(default=(), description="AdCOM device types.")
    sellerids: Texts = ()
    sitedomains: Domains = ()
    appbundles: Texts = ()
    pubcount: Whole | None = None
    dinventory: Whole | None = None


class Curation(Entity):
    curator: Domain | None = None
    cdealid: Text | None = None
    curfeetype: Whole | None = None
