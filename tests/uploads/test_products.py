"""Products out of files."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.product import Product
from tests.uploads.samples import DATA, DEFAULTS, SHOPIFY_PRODUCTS, product, products
from uploads import RowCode, UploadDefaults

ADVENTURE = DATA / "adventureworks_dw" / "AdventureWorks_Products.csv"


def test_a_plain_file_says_all_that_we_know_of_a_product() -> None:
    read = product(
        "sku,title,brand,category,price,cost,stock,currency,launched_at,parent_id,tags\n"
        "A1,Tea,Acme,Drinks,4.50,1.25,7,eur,2026-01-02,T,green|loose\n"
    )

    assert read == Product(
        product_id="A1",
        name="Tea",
        brand="Acme",
        category="Drinks",
        features=("green", "loose"),
        price=4.5,
        cost=1.25,
        inventory=7,
        currency="EUR",
        launched_at=datetime(2026, 1, 2, tzinfo=UTC),
        variant_of="T",
    )


@pytest.mark.parametrize("empty", ["", "nan", "N/A", "-", " "])
def test_what_is_missing_stays_missing(empty: str) -> None:
    read = product(f"id,name,price,cost,inventory\n1,Tea,{empty},{empty},{empty}\n")

    assert (read.price, read.cost, read.inventory, read.currency) == (None, None, None, None)


def test_products_come_sorted_by_id() -> None:
    read = products("id,name\nb,B\n10,Ten\n9,Nine\na,A\n")

    assert [one.item_id for one in read.products] == ["10", "9", "a", "b"]


def test_each_variant_of_shopify_is_a_product_of_its_family() -> None:
    medium, small = products(SHOPIFY_PRODUCTS).products[1:]

    assert (small.item_id, small.name, small.variant_of) == ("TEE-S", "Tee - S", "tee")
    assert (small.category, small.brand, small.features) == ("Shirts", "Acme", ("cotton", "summer"))
    assert (small.price, small.cost, small.inventory) == (19.9, 7.5, 5)
    assert small.description == "Soft & warm"
    assert (medium.name, medium.brand, medium.price, medium.cost) == ("Tee - M", "Acme", 21.9, None)


def test_the_apostrophe_that_makes_a_sku_text_is_no_part_of_it() -> None:
    assert ",'TEE-M," in SHOPIFY_PRODUCTS
    assert products(SHOPIFY_PRODUCTS).products[1].item_id == "TEE-M"


def test_a_shopify_product_without_sku_goes_by_the_name_that_order_lines_give_it() -> None:
    [mug] = [one for one in products(SHOPIFY_PRODUCTS).products if one.variant_of == "mug"]

    assert mug.item_id == "Mug"


def test_stock_that_shopify_does_not_track_is_not_known() -> None:
    [mug] = [one for one in products(SHOPIFY_PRODUCTS).products if one.variant_of == "mug"]

    assert mug.inventory is None


def test_what_is_oversold_is_not_there() -> None:
    read = products(SHOPIFY_PRODUCTS)

    assert [one.inventory for one in read.products if one.item_id == "TEE-M"] == [0]
    assert "1 row with a negative stock: nothing is there." in read.report.remarks


def test_what_sells_without_stock_is_not_counted() -> None:
    sold_on = SHOPIFY_PRODUCTS.replace("-2,deny", "-2,continue")

    assert [one.inventory for one in products(sold_on).products if one.item_id == "TEE-M"] == [None]


def test_pictures_and_drafts_are_skipped_and_counted() -> None:
    report = products(SHOPIFY_PRODUCTS).report

    assert (report.rows, report.kept, report.skipped, len(report.rejected)) == (5, 3, 2, 0)
    assert "1 row skipped: they hold pictures, no variant." in report.remarks
    assert "1 row skipped: their product is a draft, archived or not published." in report.remarks


def test_equal_rows_are_one_product() -> None:
    read = products("id,name\n1,Tea\n1,Tea\n")

    assert (read.report.kept, read.report.skipped, len(read.report.rejected)) == (1, 1, 0)


def test_of_two_different_rows_with_one_id_the_later_is_rejected() -> None:
    read = products("id,name\n1,Tea\n1,Coffee\n")
    [rejected] = read.report.rejected

    assert [one.name for one in read.products] == ["Tea"]
    assert (rejected.line, rejected.code) == (3, RowCode.DUPLICATE_ID)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (",Tea,1,1,EUR", RowCode.NO_ID),
        ("1,,1,1,EUR", RowCode.NO_NAME),
        ("1,Tea,cheap,1,EUR", RowCode.BAD_NUMBER),
        ("1,Tea,1,-1,EUR", RowCode.NEGATIVE),
        ("1,Tea,1,1,euros", RowCode.BAD_CURRENCY),
        ("1,Tea,€1,£1,", RowCode.TWO_CURRENCIES),
        ("1,Tea,1", RowCode.CELLS),
        ("1,Tea,1,1,EUR,more", RowCode.CELLS),
        (f"1,{'x' * 2001},1,1,EUR", RowCode.UNFIT),
        (f"{'x' * 256},Tea,1,1,EUR", RowCode.UNFIT),
        ("1,Tea,1e300,1,EUR", RowCode.UNFIT),
        ('1,"Tea,1,1,EUR', RowCode.OPEN_QUOTE),
        ('1,Tea,1,1,"EUR', RowCode.OPEN_QUOTE),
    ],
)
def test_a_row_that_cannot_be_used_is_rejected_for_its_reason(row: str, code: RowCode) -> None:
    read = products(f"id,name,price,cost,currency\n2,Milk,1,1,EUR\n{row}\n")

    assert [(one.line, one.code) for one in read.report.rejected] == [(3, code)]
    assert [one.name for one in read.products] == ["Milk"]


def test_text_that_looks_like_a_formula_is_text() -> None:
    assert product('id,name\n1,"=HYPERLINK(""http://x"")"\n').name == '=HYPERLINK("http://x")'


def test_the_currency_is_that_of_the_row_then_of_the_sign_then_the_default() -> None:
    text = "id,name,price,currency\n1,A,1,usd\n2,B,€1,\n3,C,1,\n4,D,12 CHF,\n"
    read = products(text, UploadDefaults("GBP", "UTC", day_first=False))

    assert [one.currency for one in read.products] == ["USD", "EUR", "GBP", "CHF"]


ROWS = st.lists(
    st.tuples(st.sampled_from("abcde"), st.sampled_from(["", "3,5", "x", "-1", "€2"])), max_size=8
)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows: list[tuple[str, str]], chance: object) -> None:
    of_one_kind = list({name: f'{name},{name},"{price}"' for name, price in rows}.values())
    mixed = list(of_one_kind)
    chance.shuffle(mixed)  # type: ignore[attr-defined]

    read, again = (products("\n".join(["id,name,price", *some])) for some in (of_one_kind, mixed))

    assert read.products == again.products
    assert (read.report.codes, read.report.remarks) == (again.report.codes, again.report.remarks)


def test_the_order_of_rows_changes_nothing_in_exports_of_shopify() -> None:
    header, *rows = SHOPIFY_PRODUCTS.splitlines()
    backwards = products("\n".join([header, *reversed(rows)]))

    assert backwards.products == products(SHOPIFY_PRODUCTS).products


def test_products_are_plain_json() -> None:
    for one in products(SHOPIFY_PRODUCTS).products:
        assert Product.model_validate(json.loads(one.canonical()), strict=False) == one


@pytest.mark.skipif(not ADVENTURE.exists(), reason="needs ../shared/data/adventureworks_dw or ASSORT_DATA")
def test_a_real_catalogue_is_read_whole() -> None:
    read = products(ADVENTURE.read_bytes(), DEFAULTS)

    assert (len(read.products), read.report.rejected) == (293, ())
    assert all(one.cost is not None and one.price is not None for one in read.products)
