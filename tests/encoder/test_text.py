import pytest

from contracts.deal import read_deal
from contracts.product import Product
from encoder import text_of, text_of_product, text_sha256
from tests.contracts.feeds import PLAIN, body


def test_the_text_says_what_the_requirement_lists_in_its_order() -> None:
    assert text_of(read_deal(body(PLAIN))) == (
        "Deal: Premium CTV Auto Inventory. SSP: BidSwitch. Format: video."
        " Taxonomy: Automotive > Auto Parts & Accessories > Auto Repair."
        " Concepts: auto, luxury, premium. Safety: low risk, family safe."
        " Audience: Auto Intenders, Luxury Shoppers, 25-54, High Income."
        " Commercial: Premium quality, High volume. Publishers: Disney+, Paramount"
    )


def test_what_is_missing_is_left_out() -> None:
    deal = read_deal(body({"deal_id": "1", "deal_name": "Sports video", "ssp_name": "OpenX"}))

    assert text_of(deal) == "Deal: Sports video. SSP: OpenX"


@pytest.mark.parametrize(
    ("safety", "words"),
    [
        pytest.param({"garm_risk_rating": "Floor"}, "Safety: brand safety floor", id="floor"),
        pytest.param({"family_safe": False}, "Safety: not family safe", id="unrated"),
        pytest.param(
            {"garm_risk_rating": "Floor", "scale": "floor_is_safest"},
            "Safety: low risk",
            id="a vendor's safe floor",
        ),
    ],
)
def test_safety_is_told_on_the_iab_scale(safety: dict[str, object], words: str) -> None:
    assert f"{words}." in text_of(read_deal(body(PLAIN, safety=safety)))


def test_price_dates_and_version_do_not_change_the_text() -> None:
    dearer = body(
        PLAIN, version=9, start_time="2026-01-01", commercial={**PLAIN["commercial"], "floor_price": 99}
    )

    assert text_of(read_deal(dearer)) == text_of(read_deal(body(PLAIN)))


def test_a_texts_hash_is_that_of_its_utf8_bytes() -> None:
    assert text_sha256("é") == "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"


def test_a_product_that_is_only_a_name_is_embedded_as_that_name() -> None:
    assert text_of_product(Product(product_id=1, name="Where is my card?")) == "Where is my card?"


def test_a_product_is_embedded_in_its_own_words_and_no_further_than_an_encoder_reads() -> None:
    product = Product(
        product_id="B-1",
        name="Dimmer",
        brand="Halden",
        category="Switches",
        features=("no hub",),
        description="long " * 1000,
        attributes={"load": "600 W", "colour": "white"},
    )
    text = text_of_product(product)

    assert text.startswith("Dimmer. Halden. Switches. no hub. long ")
    assert text.endswith("colour white, load 600 W")
    assert len(text) < 2100
