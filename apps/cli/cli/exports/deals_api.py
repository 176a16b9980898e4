"""A deal of a package as an object of the IAB Deals API 1.0, and back without loss.

What the standard has no place for, or says less exactly, stands in `ext.assort.deal`: each field that would
read differently from the standard's fields alone.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from cli.exports.lines import PackageLine
from contracts.deal import Deal
from contracts.event import canonical
from contracts.terms import AdType, Country, Currency, Domain, InventoryType, PriceType

VERSION = "1.0"
MAX_DESC = 250
STATIC_INVENTORY = 1  # `inventory` belongs to deals of a fixed set of sites and apps
CONNECTED_TV = 3  # AdCOM's device type
PARTS = ("taxonomy", "safety", "audience", "commercial", "terms", "inventory", "curation")
SECONDS = "%Y-%m-%dT%H:%M:%SZ"


def _is_utc(text: str) -> str:
    datetime.strptime(text, SECONDS).replace(tzinfo=UTC)
    return text


Second = Annotated[str, AfterValidator(_is_utc)]
Ids = Annotated[tuple[str, ...], Field(min_length=1)]


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, allow_inf_nan=False)


class ApiTerms(Strict):
    startdate: Second | None = None
    enddate: Second | None = None
    countries: Annotated[tuple[Country, ...], Field(min_length=1)] | None = None
    dealfloor: float | None = Field(default=None, ge=0)
    cur: Currency | None = None
    guar: Literal[0, 1] | None = None
    pricetype: int | None = Field(default=None, ge=0)
    units: int | None = Field(default=None, ge=0)
    totalcost: float | None = Field(default=None, ge=0)


class ApiInventory(Strict):
    inclinventory: Annotated[tuple[Annotated[int, Field(ge=1, le=6)], ...], Field(min_length=1)] | None = None
    devicetype: Annotated[tuple[int, ...], Field(min_length=1)] | None = None
    sellerids: Ids | None = None
    sitedomains: Ids | None = None
    appbundles: Ids | None = None
    cat: Ids | None = None
    cattax: int | None = None


class ApiCuration(Strict):
    curator: Domain | None = None
    cdealid: str = Field(min_length=1, description="The package: all of its deals have it in common.")
    curfeetype: int | None = Field(default=None, ge=0, le=4)


class Assort(Strict):
    package_id: str
    package_name: str
    run_id: str
    deal: dict[str, Any] = Field(description="Fields of the deal that the standard's fields do not tell.")


class Extension(Strict):
    assort: Assort


class ApiDeal(Strict):
    """Object: Deal."""

    id: str = Field(min_length=1)
    name: str | None = None
    sellerstatus: int | None = Field(default=None, ge=0, le=4)
    origin: str = Field(min_length=1)
    seller: Domain | None = None
    desc: str | None = Field(default=None, max_length=MAX_DESC)
    wseat: Ids | None = None
    bseat: Ids | None = None
    adtypes: Annotated[tuple[Annotated[int, Field(ge=1, le=4)], ...], Field(min_length=1)] | None = None
    auxdata: int | None = Field(default=None, ge=0, le=4)
    pubcount: int | None = Field(default=None, ge=0, le=2)
    dinventory: int | None = Field(default=None, ge=0, le=2)
    terms: ApiTerms
    inventory: ApiInventory | None = None
    curation: ApiCuration
    ext: Extension

    def text(self) -> str:
        return self.model_dump_json(exclude_none=True)

    @property
    def item_id(self) -> str:
        return f"{self.origin}/{self.id}"


def write(deal: Deal, package: PackageLine) -> ApiDeal:
    fields = _fields(deal, package.package_id)
    ext = {
        "package_id": package.package_id,
        "package_name": package.package_name,
        "run_id": package.run_id,
        "deal": _untold(deal.model_dump(mode="json"), _told(fields)),
    }
    return ApiDeal.model_validate({**fields, "ext": {"assort": ext}})


def read(body: str | bytes) -> Deal:
    """Raises ValidationError where it is no object that `write` makes."""
    found = ApiDeal.model_validate_json(body)
    told = _told(found.model_dump(mode="json", exclude_none=True))
    untold = found.ext.assort.deal
    for part in PARTS:
        told[part] = {**told[part], **untold.get(part, {})}
    told |= {name: value for name, value in untold.items() if name not in PARTS}
    return Deal.model_validate_json(canonical(told))


def _fields(deal: Deal, package_id: str) -> dict[str, Any]:
    """What the standard can say of it; None and empty lists are left out."""
    within = deal.inventory
    return _stated(
        id=deal.id,
        name=deal.name,
        sellerstatus=_upto(4, deal.sellerstatus),
        origin=deal.origin,
        seller=deal.seller,
        desc=deal.desc[:MAX_DESC] if deal.desc else None,
        wseat=deal.terms.wseat,
        bseat=() if deal.terms.wseat else deal.terms.bseat,  # at most one of the two is allowed
        adtypes=sorted(kind.code for kind in deal.adtypes),
        auxdata=_upto(4, deal.auxdata),
        pubcount=_upto(2, within.pubcount),
        dinventory=_upto(2, within.dinventory),
        terms=_terms(deal),
        inventory=_inventory(deal) if within.dinventory == STATIC_INVENTORY else None,
        curation=_stated(
            curator=deal.curation.curator, cdealid=package_id, curfeetype=_upto(4, deal.curation.curfeetype)
        ),
    )


def _terms(deal: Deal) -> dict[str, Any]:
    terms = deal.terms
    return _stated(
        startdate=terms.startdate and terms.startdate.replace(microsecond=0).strftime(SECONDS).zfill(20),
        enddate=terms.enddate and terms.enddate.replace(microsecond=0).strftime(SECONDS).zfill(20),
        countries=terms.countries,
        dealfloor=terms.dealfloor,
        cur=terms.cur,
        guar=None if terms.guaranteed is None else int(terms.guaranteed),
        pricetype=None if terms.pricetype is None else terms.pricetype.code,
        units=None if terms.units is None else int(terms.units),
        totalcost=terms.totalcost,
    )


def _inventory(deal: Deal) -> dict[str, Any]:
    within = deal.inventory
    television = {CONNECTED_TV} if InventoryType.CTV in within.types else set()
    return _stated(
        inclinventory=sorted(kind.code for kind in within.types if kind.code is not None),
        devicetype=sorted({*within.devicetypes, *television}),
        sellerids=within.sellerids,
        sitedomains=within.sitedomains,
        appbundles=within.appbundles,
        cat=deal.taxonomy.cat or tuple(tier.id for tier in deal.taxonomy.tiers[-1:] if tier.id),
        cattax=deal.taxonomy.cattax,
    )


def _told(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A deal's own fields, as far as the standard's fields tell them."""
    terms, within, curation = fields["terms"], fields.get("inventory", {}), fields["curation"]
    price = {kind.code: kind.value for kind in PriceType}
    guaranteed = {0: False, 1: True}
    codes = {kind.code: kind.value for kind in InventoryType if kind.code is not None}
    return {
        **{name: fields.get(name) for name in ("id", "name", "origin", "seller", "desc")},
        **{name: fields.get(name) for name in ("sellerstatus", "auxdata")},
        "adtypes": sorted(list(AdType)[code - 1].value for code in fields.get("adtypes", ())),
        "taxonomy": {"cat": list(within.get("cat", ())), "cattax": within.get("cattax")},
        "safety": {},
        "audience": {},
        "commercial": {},
        "terms": {
            **{name: terms.get(name) for name in ("startdate", "enddate", "dealfloor", "cur", "totalcost")},
            "pricetype": price.get(terms.get("pricetype")),
            "guaranteed": guaranteed.get(terms.get("guar")),
            "units": None if terms.get("units") is None else float(terms["units"]),
            "countries": list(terms.get("countries", ())),
            **{name: list(fields.get(name, ())) for name in ("wseat", "bseat")},
        },
        "inventory": {
            "types": sorted(codes[code] for code in within.get("inclinventory", ())),
            "devicetypes": list(within.get("devicetype", ())),
            **{name: list(within.get(name, ())) for name in ("sellerids", "sitedomains", "appbundles")},
            **{name: fields.get(name) for name in ("pubcount", "dinventory")},
        },
        "curation": {name: curation.get(name) for name in ("curator", "cdealid", "curfeetype")},
    }


def _untold(deal: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """What of the deal's fields differs from what is told, part by part."""
    found: dict[str, Any] = {}
    for name, value in deal.items():
        if name in PARTS:
            inner = {key: one for key, one in value.items() if _differs(one, told[name], key)}
            found |= {name: inner} if inner else {}
        elif _differs(value, told, name):
            found[name] = value
    return found


def _differs(value: Any, told: Mapping[str, Any], name: str) -> bool:
    return name not in told or canonical(value) != canonical(told[name])


def _stated(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None and value not in ((), [])}


def _upto(limit: int, code: int | None) -> int | None:
    """A number that the standard does not know stays out of it."""
    return code if code is not None and code <= limit else None
