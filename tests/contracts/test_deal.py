import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import InvalidEvent
from contracts.deal import Deal, item_id, read_deal, split_item_id
from contracts.safety import SafetyRisk, SafetyScale
from contracts.terms import AdType, InventoryType, PriceType
from tests.contracts.feeds import DEALS_API, PLAIN, body


def test_the_plain_form_is_accepted_as_it_is() -> None:
    deal = read_deal(body(PLAIN))

    assert deal.item_id == "bidswitch.com/3001"
    assert deal.name == "Premium CTV Auto Inventory"
    assert deal.adtypes == (AdType.VIDEO,)
    assert [tier.name for tier in deal.taxonomy.tiers] == [
        "Automotive",
        "Auto Parts & Accessories",
        "Auto Repair",
    ]
    assert deal.concepts == ("auto", "luxury", "premium")
    assert (deal.safety.risk, deal.safety.family_safe) == (SafetyRisk.LOW, True)
    assert deal.audience.inferred_audience == ("Auto Intenders", "Luxury Shoppers")
    assert deal.audience.demographic_hint == "25-54, High Income"
    assert (deal.commercial.quality_tier, deal.commercial.volume_tier) == ("Premium", "High")
    assert (deal.terms.dealfloor, deal.terms.cur) == (5.5, "USD")
    assert deal.publishers == ("Disney+", "Paramount")


def test_the_names_of_the_deals_api_are_accepted() -> None:
    deal = read_deal(body(DEALS_API))

    assert deal.item_id == "openx.com/OX-77"
    assert deal.desc == "Cars, parts and repairs"
    assert deal.adtypes == (AdType.VIDEO,)
    assert (deal.terms.dealfloor, deal.terms.cur, deal.terms.pricetype) == (12, "EUR", PriceType.FIXED)
    assert deal.terms.guaranteed is False
    assert deal.terms.countries == ("AUT", "DEU")
    assert deal.terms.wseat == ("seat-1", "seat-2")
    assert deal.inventory.types == (InventoryType.APP, InventoryType.CTV, InventoryType.SITE)
    assert deal.inventory.sitedomains == ("autos.example",)
    assert deal.curation.cdealid == "C-1"
    assert deal.assumed == ("ssp_name",)


def test_category_ids_say_what_they_have_in_common() -> None:
    taxonomy = read_deal(body(DEALS_API)).taxonomy

    assert [(tier.name, tier.id) for tier in taxonomy.tiers] == [("Automotive", "1")]
    assert taxonomy.cat == ("32", "34")


@pytest.mark.parametrize("form", [PLAIN, DEALS_API], ids=["plain", "deals api"])
def test_the_canonical_form_reads_back_as_the_same_bytes(form: dict[str, Any]) -> None:
    deal = read_deal(body(form))

    again = read_deal(deal.canonical())

    assert again == deal
    assert again.canonical() == deal.canonical()
    assert again.content_sha256 == deal.content_sha256


def test_an_item_id_splits_at_the_first_slash() -> None:
    assert split_item_id(item_id("openx.com", "a/b")) == ("openx.com", "a/b")


def test_deals_of_two_exchanges_with_one_id_are_two_items() -> None:
    assert read_deal(body(PLAIN, ssp_name="OpenX")).item_id != read_deal(body(PLAIN)).item_id


def test_a_number_is_an_id() -> None:
    assert read_deal(body(PLAIN, deal_id=3001)) == read_deal(body(PLAIN))


def test_order_and_repetition_in_lists_mean_nothing() -> None:
    shuffled = body(
        PLAIN, publishers=["Disney+", "Paramount", "Disney+"], concepts=["premium", "auto", "luxury"]
    )

    assert read_deal(shuffled).content_sha256 == read_deal(body(PLAIN)).content_sha256


def test_any_other_content_has_another_hash() -> None:
    assert read_deal(body(PLAIN, version=2)).content_sha256 != read_deal(body(PLAIN)).content_sha256


def test_null_and_blank_say_nothing() -> None:
    silent = read_deal(body(PLAIN, safety=None, description="  ", publishers=[None, "Paramount", ""]))

    assert silent.safety.risk is SafetyRisk.UNKNOWN
    assert silent.desc is None
    assert silent.publishers == ("Paramount",)


@pytest.mark.parametrize(
    ("changes", "assumed"),
    [
        pytest.param({}, ("cur",), id="currency of a floor"),
        pytest.param({"commercial": {}}, (), id="no floor, no currency"),
        pytest.param({"commercial": {"floor_price": 5, "currency": "eur"}}, (), id="all said"),
        pytest.param(
            {"commercial": {}, "ssp_name": "Northlight Exchange"}, ("origin",), id="unlisted exchange"
        ),
        pytest.param(
            {"commercial": {}, "ssp_name": None, "source": "BidSwitch"}, ("ssp_name",), id="source only"
        ),
        pytest.param({"commercial": {}, "start_time": "2026-01-01"}, ("zone",), id="a date without a zone"),
        pytest.param(
            {"commercial": {}, "start_time": "2026-01-01T00:00:00Z"}, (), id="a moment with its zone"
        ),
        pytest.param(
            {"commercial": {}, "taxonomy": None, "cat": ["IAB1"]}, ("cattax",), id="ids without version"
        ),
    ],
)
def test_what_was_filled_in_is_marked(changes: dict[str, Any], assumed: tuple[str, ...]) -> None:
    assert read_deal(body(PLAIN, **changes)).assumed == assumed


def test_the_default_currency_is_the_callers() -> None:
    assert read_deal(body(PLAIN), default_currency="EUR").terms.cur == "EUR"


def test_an_unlisted_exchange_gets_a_slug_as_its_origin() -> None:
    deal = read_deal(body(PLAIN, ssp_name="Northlight Exchange"))

    assert deal.item_id == "northlight-exchange/3001"
    assert not deal.origin_known


def test_dates_without_a_time_cover_their_whole_days() -> None:
    terms = read_deal(body(PLAIN, start_time="2026-03-01", end_time="2026-03-01")).terms

    assert terms.startdate is not None
    assert terms.enddate is not None
    assert terms.startdate.isoformat() == "2026-03-01T00:00:00+00:00"
    assert terms.enddate.isoformat() == "2026-03-01T23:59:59+00:00"


def test_one_moment_has_one_spelling() -> None:
    berlin = read_deal(body(PLAIN, start_time="2026-03-01T02:00:00+02:00"))

    assert berlin.canonical() == read_deal(body(PLAIN, start_time="2026-03-01T00:00:00Z")).canonical()


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"format": "ctv"}, id="as a format"),
        pytest.param({"inventory_type": "CTV"}, id="as inventory"),
        pytest.param({"inventory": {"devicetype": [3]}}, id="as a connected television"),
        pytest.param({"inventory": {"devicetype": 7}}, id="as a set top box"),
    ],
)
def test_television_is_video_on_ctv_inventory(changes: dict[str, Any]) -> None:
    deal = read_deal(body(PLAIN, **changes))

    assert deal.adtypes == (AdType.VIDEO,)
    assert InventoryType.CTV in deal.inventory.types


def test_display_is_the_deals_apis_banner() -> None:
    assert read_deal(body(PLAIN, format="Display")).adtypes == (AdType.BANNER,)


def test_countries_become_alpha_3() -> None:
    assert read_deal(body(PLAIN, countries=["us", "DEU"])).terms.countries == ("DEU", "USA")


def test_known_tiers_get_their_spelling_and_others_keep_theirs() -> None:
    commercial = read_deal(
        body(PLAIN, commercial={"quality_tier": "MID TIER", "volume_tier": "Huge"})
    ).commercial

    assert (commercial.quality_tier, commercial.volume_tier) == ("Mid-tier", "Huge")


def test_a_feed_may_say_that_its_floor_is_safest() -> None:
    rated = {"garm_risk_rating": "Floor", "scale": "floor_is_safest"}

    assert read_deal(body(PLAIN, safety=rated)).safety.risk is SafetyRisk.LOW
    assert read_deal(body(PLAIN, safety={"garm_risk_rating": "Floor"})).safety.risk is SafetyRisk.FLOOR


def test_the_deals_own_scale_wins_over_the_readers() -> None:
    rated = body(PLAIN, safety={"garm_risk_rating": "Floor", "scale": "iab"})

    assert read_deal(rated, default_scale=SafetyScale.FLOOR_IS_SAFEST).safety.risk is SafetyRisk.FLOOR


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"commercial": {"floor_price": -0.01}}, "floor_price", id="negative floor"),
        pytest.param({"commercial": {"floor_price": True}}, "floor_price", id="true as a floor"),
        pytest.param({"commercial": {"floor_price": "$5"}}, "floor_price", id="floor with a sign"),
        pytest.param({"commercial": {"currency": "EURO"}}, "currency", id="no currency code"),
        pytest.param({"pricetype": "auction"}, "pricetype", id="unknown price type"),
        pytest.param({"format": "hologram"}, "format", id="unknown format"),
        pytest.param({"format": True}, "format", id="true as a format"),
        pytest.param({"inventory_type": "moon"}, "inventory_type", id="unknown inventory"),
        pytest.param({"countries": ["USA", "ZZ"]}, "countries.1", id="unknown country"),
        pytest.param(
            {"start_time": "2026-02-01", "end_time": "2026-01-31"}, "enddate", id="end before start"
        ),
        pytest.param({"start_time": 1767225600}, "start_time", id="seconds or milliseconds"),
        pytest.param({"start_time": "tomorrow"}, "start_time", id="no date"),
        pytest.param({"start_time": "0001-01-01T00:00:00+14:00"}, "startdate", id="before the calendar"),
        pytest.param({"safety": {"garm_risk_rating": "Purple"}}, "garm_risk_rating", id="unknown rating"),
        pytest.param({"safety": {"family_safe": "yes"}}, "family_safe", id="yes as a boolean"),
        pytest.param({"safety": {"scale": "mine"}}, "scale", id="unknown scale"),
        pytest.param({"taxonomy": {"cat": ["1", "no"], "cattax": 6}}, "'no'", id="id of no category"),
        pytest.param({"taxonomy": "Automotive"}, "taxonomy", id="section that is no object"),
        pytest.param({"deal_id": None}, "deal_id", id="no id"),
        pytest.param({"deal_id": 3.5}, "deal_id", id="fraction as an id"),
        pytest.param({"deal_name": "a\x00b"}, "deal_name", id="null character"),
        pytest.param({"deal_name": "\ud800"}, "deal_name", id="half a character"),
        pytest.param({"ssp_name": None}, "ssp_name", id="nobody's deal"),
        pytest.param({"wadomain": ["not a domain"]}, "wadomain.0", id="no domain"),
        pytest.param({"version": -1}, "version", id="negative version"),
        pytest.param({"publishers": [{"name": "Paramount"}]}, "publishers.0", id="publisher that is no text"),
    ],
)
def test_a_wrong_value_is_refused_with_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        read_deal(body(PLAIN, **changes))

    assert field in refused.value.words


@pytest.mark.parametrize(
    "not_a_deal", [b"", b"[]", b"3", b"null", b"{", b"\xff", b'{"a":1,"a":2}', b"[" * 100_000]
)
def test_what_is_no_deal_at_all_is_an_invalid_event(not_a_deal: bytes) -> None:
    with pytest.raises(InvalidEvent):
        read_deal(not_a_deal)


@pytest.mark.parametrize("depth", [10, 900])
@pytest.mark.parametrize("field", ["format", "concepts", "safety", "description"])
def test_deep_nesting_is_refused_and_does_no_harm(field: str, depth: int) -> None:
    nested = json.loads("[" * depth + "]" * depth)

    with pytest.raises(InvalidEvent):
        read_deal(body(PLAIN, **{field: nested}))


def test_fields_that_nobody_knows_are_ignored() -> None:
    assert read_deal(body(PLAIN, colour="red")) == read_deal(body(PLAIN))


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5
)


@given(
    field=st.sampled_from(sorted(PLAIN.keys() | DEALS_API.keys() | {"start_time", "countries"})), value=values
)
def test_any_value_in_any_field_is_read_or_refused(field: str, value: Any) -> None:
    try:
        deal = read_deal(body(PLAIN, **{field: value}))
    except InvalidEvent:
        return
    assert Deal.read(deal.canonical()) == deal
