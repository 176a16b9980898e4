"""A deal as feeds publish it: the plain form of enriched feeds, or names of the IAB Deals API and OpenRTB.

Every field is found under any of its names. Nothing is filled in here: what a feed does not say stays None.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AliasChoices, AliasPath, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from contracts.safety import SafetyScale
from contracts.terms import (
    AD_TYPE_WORDS,
    INVENTORY_WORDS,
    PRICE_TYPE_WORDS,
    QUALITY_TIERS,
    VOLUME_TIERS,
    AdType,
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
    as_list,
    plain,
    spelled_like,
)

SECTIONS = ("taxonomy", "safety", "audience", "commercial", "terms", "inventory", "curation")
DEPTH = 3  # a deal, its sections, their lists; what is nested deeper is no field of ours
DATE_LENGTH = len("2026-01-31")
TELEVISIONS = frozenset({3, 7})  # AdCOM device types: connected TV, set top box


def named(*names: str) -> AliasChoices:
    """The names of one field, the one that wins first; a dot leads into a section."""
    return AliasChoices(*(AliasPath(*name.split(".")) for name in names))


def by_word(words: Mapping[str, StrEnum]) -> BeforeValidator:
    """Words and numbers of feeds to ours; anything else is left for pydantic to refuse."""

    def ours(value: Any) -> Any:
        return words.get(plain(value), plain(value)) if isinstance(value, str | int) else value

    return BeforeValidator(ours)


def moment(value: Any, *, day_time: time) -> datetime:
    """ISO 8601 and nothing else: a number could be seconds or milliseconds."""
    if not isinstance(value, str):
        raise ValueError("is no ISO 8601 text")  # noqa: TRY004 - pydantic wants ValueError
    text = value.strip()
    if len(text) <= DATE_LENGTH:
        return datetime.combine(date.fromisoformat(text), day_time)
    return datetime.fromisoformat(text)


def as_version(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdecimal() else value


AdTypeWord = Annotated[AdType, by_word(AD_TYPE_WORDS)]
InventoryWord = Annotated[InventoryType, by_word(INVENTORY_WORDS)]
PriceWord = Annotated[PriceType, by_word(PRICE_TYPE_WORDS)]
ScaleWord = Annotated[SafetyScale, by_word({plain(scale): scale for scale in SafetyScale})]
Opening = Annotated[datetime, BeforeValidator(lambda value: moment(value, day_time=time.min))]
Closing = Annotated[datetime, BeforeValidator(lambda value: moment(value, day_time=time(23, 59, 59)))]
Version = Annotated[Whole, BeforeValidator(as_version)]
Code = Annotated[Whole, Field(le=500)]


class FeedDeal(BaseModel):
    """What one feed says about one deal, under our names."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False, str_strip_whitespace=True)

    id: Text = Field(validation_alias=named("deal_id", "id"), max_length=255)
    name: Text = Field(validation_alias=named("deal_name", "name"), max_length=500)
    desc: Text | None = Field(None, validation_alias=named("description", "desc"))
    version: Version | None = None
    source: Text | None = None
    ssp_name: Text | None = Field(None, validation_alias=named("ssp_name", "ssp"), max_length=200)
    origin: Text | None = Field(None, max_length=253)
    seller: Domain | None = None
    adtypes: Annotated[tuple[AdTypeWord, ...], BeforeValidator(as_list)] = Field(
        (), validation_alias=named("adtypes", "format")
    )
    formats: Texts = Field(
        (), validation_alias=named("adtypes", "format"), description="In the feed's words."
    )
    inventory_types: Annotated[tuple[InventoryWord, ...], BeforeValidator(as_list)] = Field(
        (),
        validation_alias=named(
            "inventory_type", "inventory.types", "inventory.inclinventory", "inclinventory"
        ),
    )
    devicetypes: Annotated[tuple[Code, ...], BeforeValidator(as_list)] = Field(
        (), validation_alias=named("inventory.devicetype", "devicetype")
    )
    publishers: Texts = ()
    sellerids: Texts = Field((), validation_alias=named("inventory.sellerids", "sellerids"))
    sitedomains: Domains = Field((), validation_alias=named("inventory.sitedomains", "sitedomains"))
    appbundles: Texts = Field((), validation_alias=named("inventory.appbundles", "appbundles"))
    pubcount: Code | None = Field(None, validation_alias=named("pubcount", "inventory.pubcount"))
    dinventory: Code | None = Field(None, validation_alias=named("dinventory", "inventory.dinventory"))

    tier1: Text | None = Field(None, validation_alias=named("taxonomy.tier1", "tier1"))
    tier2: Text | None = Field(None, validation_alias=named("taxonomy.tier2", "tier2"))
    tier3: Text | None = Field(None, validation_alias=named("taxonomy.tier3", "tier3"))
    cat: Texts = Field((), validation_alias=named("taxonomy.cat", "inventory.cat", "cat"))
    cattax: Code | None = Field(None, validation_alias=named("taxonomy.cattax", "inventory.cattax", "cattax"))
    concepts: Texts = ()

    rating: Text | None = Field(
        None, validation_alias=named("safety.garm_risk_rating", "safety.rating", "garm_risk_rating")
    )
    scale: ScaleWord | None = Field(None, validation_alias=named("safety.scale"))
    family_safe: bool | None = Field(
        None, strict=True, validation_alias=named("safety.family_safe", "family_safe")
    )

    inferred_audience: Texts = Field(
        (), validation_alias=named("audience.inferred_audience", "inferred_audience")
    )
    demographic_hint: Text | None = Field(
        None, validation_alias=named("audience.demographic_hint", "demographic_hint")
    )

    quality_tier: Annotated[Text, spelled_like(QUALITY_TIERS)] | None = Field(
        None, validation_alias=named("commercial.quality_tier", "quality_tier")
    )
    volume_tier: Annotated[Text, spelled_like(VOLUME_TIERS)] | None = Field(
        None, validation_alias=named("commercial.volume_tier", "volume_tier")
    )
    volume_metrics: dict[Text, Number | Text] = Field(
        {}, validation_alias=named("commercial.volume_metrics", "volume_metrics")
    )
    inventory_scale: Number | None = Field(
        None, validation_alias=named("commercial.inventory_scale", "inventory_scale")
    )
    inventory_scale_type: Text | None = Field(
        None, validation_alias=named("commercial.inventory_scale_type", "inventory_scale_type")
    )

    dealfloor: Number | None = Field(
        None,
        validation_alias=named(
            "commercial.floor_price",
            "floor_price",
            "terms.dealfloor",
            "dealfloor",
            "terms.bidfloor",
            "bidfloor",
        ),
    )
    cur: Currency | None = Field(
        None, validation_alias=named("commercial.currency", "currency", "terms.cur", "cur", "bidfloorcur")
    )
    pricetype: PriceWord | None = Field(
        None,
        validation_alias=named("commercial.pricetype", "price_type", "terms.pricetype", "pricetype", "at"),
    )
    guaranteed: bool | None = Field(None, validation_alias=named("terms.guar", "guar", "guaranteed"))
    units: Number | None = Field(None, validation_alias=named("terms.units", "units"))
    totalcost: Number | None = Field(None, validation_alias=named("terms.totalcost", "totalcost"))
    startdate: Opening | None = Field(
        None, validation_alias=named("start_time", "terms.startdate", "startdate")
    )
    enddate: Closing | None = Field(None, validation_alias=named("end_time", "terms.enddate", "enddate"))
    countries: Countries = Field((), validation_alias=named("countries", "terms.countries"))
    wseat: Texts = Field((), validation_alias=named("wseat", "terms.wseat"))
    bseat: Texts = Field((), validation_alias=named("bseat", "terms.bseat"))
    wadomain: Domains = Field((), validation_alias=named("wadomain", "terms.wadomain"))

    auxdata: Code | None = None
    curator: Domain | None = Field(None, validation_alias=named("curation.curator"))
    cdealid: Text | None = Field(None, validation_alias=named("curation.cdealid"))
    curfeetype: Code | None = Field(None, validation_alias=named("curation.curfeetype"))
    sellerstatus: Code | None = None

    @property
    def on_television(self) -> bool:
        return "ctv" in map(plain, self.formats) or bool(TELEVISIONS & set(self.devicetypes))

    @model_validator(mode="before")
    @classmethod
    def _said(cls, document: Any) -> Any:
        """Null and blank mean that nothing is said; a section is an object."""
        if not isinstance(document, dict):
            raise ValueError("a deal is a JSON object")  # noqa: TRY004 - pydantic wants ValueError
        said = without_blanks(document)
        for section in SECTIONS:
            if not isinstance(said.get(section, {}), dict):
                raise ValueError(f"{section} is no JSON object")  # noqa: TRY004 - same
        return said


def without_blanks(value: Any, depth: int = DEPTH) -> Any:
    if depth and isinstance(value, dict):
        return {name: without_blanks(part, depth - 1) for name, part in value.items() if not is_blank(part)}
    if depth and isinstance(value, list):
        return [without_blanks(part, depth - 1) for part in value if not is_blank(part)]
    return value


def is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
