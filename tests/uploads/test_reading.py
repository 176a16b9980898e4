"""Encodings, separators, numbers, dates; files that cannot be used; any bytes at all."""

import csv
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.errors import InvalidEvent
from tests.uploads.samples import DEFAULTS, SHOPIFY_ORDERS, SHOPIFY_PRODUCTS, orders, product, products
from uploads import ReadOrders, ReadProducts, Report, UploadDefaults


def placed(date: str, zone: str = "UTC", *, day_first: bool = False, other: str = "") -> datetime:
    rows = f'order_id,date,sku\n1,"{date}",tea\n' + (f"2,{other},tea\n" if other else "")
    book = orders(rows, UploadDefaults(None, zone, day_first)).book
    return datetime.fromtimestamp(book.placed_ms[book.order_ids.index("1")] / 1000, UTC)


def price(cell: str, other: str = "", separator: str = ",") -> float | None:
    text = separator.join(["id", "name", "price"]) + f'\n1{separator}Tea{separator}"{cell}"\n'
    more = f'2{separator}Milk{separator}"{other}"\n' if other else ""
    return products(text + more).products[0].price


def refused(body: str | bytes, **mapping: str) -> InvalidEvent:
    with pytest.raises(InvalidEvent) as refusal:
        products(body, DEFAULTS, **mapping)
    return refusal.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_found(encoding: str) -> None:
    body = "id,name\n1,Größe café\n".encode(encoding)

    assert products(body).products[0].name == "Größe café"


def test_a_guess_of_the_encoding_is_told() -> None:
    remarks = products("id,name\n1,Größe\n".encode("cp1252")).report.remarks

    assert any("Windows-1252" in remark for remark in remarks)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_are_found(separator: str) -> None:
    header = separator.join(["id", '"name, or; what|ever"', "price"])
    read = products(f"{header}\n1{separator}Tea{separator}2\n", name="name, or; what|ever")

    assert (read.products[0].name, read.products[0].price) == ("Tea", 2)


def test_a_hint_for_excel_and_empty_lines_are_no_rows() -> None:
    read = products("sep=;\n\nid;name\n\n1;Tea\n;\n")

    assert (read.report.rows, read.products[0].name) == (1, "Tea")


@pytest.mark.parametrize(
    "header", ["Product ID,Name", "product-id,NAME", "ProductId, name ", "PRODUCT_ID,Name"]
)
def test_names_of_columns_match_whatever_their_case_and_spaces(header: str) -> None:
    assert product(f"{header}\n1,Tea\n").item_id == "1"


def test_what_is_told_of_columns_wins_over_guesses() -> None:
    read = products("id,code,name,price\n1,A,Tea,3\n", product_id="code")

    assert read.products[0].item_id == "A"


def test_a_column_serves_once() -> None:
    read = products("id,name,price\n1,Tea,3\n", cost="price")

    assert (read.products[0].cost, read.products[0].price) == (3, None)


def test_lines_are_those_of_the_file_where_the_row_begins() -> None:
    read = products('id,name,price\r\n1,"Tea\r\nof\nthe day",1\r\n\r\n2,"Milk\nfresh",dear\r\n3,Cup,dear\r\n')

    assert [rejected.line for rejected in read.report.rejected] == [6, 8]
    assert read.products[0].name == "Tea\r\nof\nthe day"


def test_empty_cells_after_the_last_column_are_nothing() -> None:
    assert product("id,name,,\n1,Tea,,,,\n").name == "Tea"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1.234,50", 1234.5), ("1,234.50", 1234.5), ("12,5", 12.5), ("12.5", 12.5), ("1 234,50 €", 1234.5),
        ("$1,234", 1234), ("1.234.567", 1234567), ("12,34,567.5", 1234567.5), ("1'234.50", 1234.5),
        ("CHF 7", 7), ("+3", 3), (".5", 0.5), ("1.5e3", 1500), ("0,125", 0.125), ("US$ 5", 5), ("7 kr", 7),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(cell: str, value: float) -> None:
    assert price(cell) == value


def test_what_can_be_read_either_way_is_read_as_the_rest_of_the_file() -> None:
    assert price("1,234") == 1234
    assert price("1.234") == 1.234
    assert price("1,234", other="2,50") == 1.234
    assert price("1.234", other="2,50") == 1234
    assert price("1,234", separator=";") == 1.234


@pytest.mark.parametrize(
    "cell", ["1,2,3", "1.2.3", "12,3.4,5", "five", "1-2", "0x10", "1_000", "٣", "--1", "1,23,45"]
)
def test_what_is_no_number_is_not_made_one(cell: str) -> None:
    assert [str(one.code) for one in products(f'id,name,price\n1,Tea,"{cell}"\n').report.rejected] == [
        "bad_number"
    ]


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("2026-03-04", (2026, 3, 4)), ("2026-03-04T05:06:07Z", (2026, 3, 4, 5, 6, 7)),
        ("2026-03-04 05:06:07 -0400", (2026, 3, 4, 9, 6, 7)),
        ("2026-03-04T05:06:07.250+02:00", (2026, 3, 4, 3, 6, 7, 250000)),
        ("2026/3/4 5:06", (2026, 3, 4, 5, 6)), ("20260304", (2026, 3, 4)), ("3/4/2026", (2026, 3, 4)),
        ("3/4/26 1:02 PM", (2026, 3, 4, 13, 2)), ("12/1/2010 12:05 am", (2010, 12, 1, 0, 5)),
        ("4.3.2026", (2026, 3, 4)),
        ("1772600767", (2026, 3, 4, 5, 6, 7)), ("1772600767000", (2026, 3, 4, 5, 6, 7)),
        ("2026-03-04 05:06:07 UTC", (2026, 3, 4, 5, 6, 7)), ("1996-07-04", (1996, 7, 4)),
    ],
)  # fmt: skip
def test_dates_are_read_as_shops_write_them(date: str, moment: tuple[int, ...]) -> None:
    assert placed(date) == datetime(*moment, tzinfo=UTC)  # type: ignore[misc,arg-type]


def test_a_date_that_can_be_read_both_ways_is_read_as_told() -> None:
    assert placed("3/4/2026", day_first=True).month == 4
    assert placed("3/4/2026", day_first=False).month == 3


def test_a_date_that_can_be_read_one_way_alone_decides_for_the_file() -> None:
    assert placed("3/4/2026", day_first=False, other="13/4/2026").month == 4
    assert placed("3/4/2026", day_first=True, other="4/13/2026").month == 3


def test_times_without_a_zone_are_of_the_zone_that_is_told() -> None:
    assert placed("2026-07-01 12:00", "Europe/Berlin").hour == 10
    assert placed("2026-07-01 12:00Z", "Europe/Berlin").hour == 12


@pytest.mark.parametrize("zone", ["Mars/Base", "../etc/passwd", "", "Europe", "a\0b"])
def test_a_zone_that_is_none_is_refused(zone: str) -> None:
    with pytest.raises(InvalidEvent, match="time_zone_unknown"):
        orders("order_id,date,sku\n", UploadDefaults(None, zone, day_first=False))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_file"), (b" \n\n", "empty_file"), (b"\xef\xbb\xbf", "no_header"),
        (b"\n,,,\n", "no_header"),
        (b"id,na\0me\n", "not_text"), (b"\x81\x8d\x8f\x90\x9d", "not_text"), (b"PK\x03\x04....", "not_text"),
        ("id,name\n".encode("utf-16-le"), "not_text"), (b"\xff\xfeabc", "not_text"),
        (b"alpha,beta\n1,2\n", "column_missing"),
        (b'"id,name\n1,Tea\n', "no_header"), (b'id,name\n1,"' + b"x" * 140_000, "not_csv"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused(body: bytes, code: str) -> None:
    assert refused(body).code == code


def test_a_refusal_names_the_columns_and_says_what_to_do() -> None:
    words = refused("Artikel,Preis\n1,2\n").words

    assert "'Artikel', 'Preis'" in words
    assert '--column product_id="its name in the file"' in words


def test_a_refusal_stays_short_however_many_columns_there_are() -> None:
    assert len(refused(",".join(f"column {number} {'x' * 90}" for number in range(900))).words) < 4000


def test_columns_that_do_not_exist_are_refused() -> None:
    assert "'Unit price'" in refused("id,name\n", price="Unit price").words
    assert "'colour' is no column of ours" in refused("id,name\n", colour="name").words


def test_a_file_of_a_header_alone_has_no_rows() -> None:
    assert products("id,name").report.rows == products("id,name\n").report.rows == 0
    assert orders("order_id,date,sku").book.orders == 0


NOISE = st.binary(max_size=60) | st.text("0aé\"',;\n\r\t|-=€. #/", max_size=60).map(str.encode)
STARTS = st.sampled_from(
    [
        b"", b"id,name,price,stock,launched_at\n", b"order_id;date;sku;qty;price;currency\n",
        SHOPIFY_ORDERS.encode(), SHOPIFY_PRODUCTS.encode(), b"\xff\xfe", b"\xef\xbb\xbf",
    ]
)  # fmt: skip


@given(STARTS, NOISE)
@example(b"id,name,price,stock,launched_at\n", b"1,a,1,1,9999-12-31T23:59:59-12:00")
def test_any_bytes_give_an_account_of_every_row_or_a_refusal(start: bytes, noise: bytes) -> None:
    for read in (products, orders):
        report = report_of(read, start + noise)
        assert report.rows == report.kept + report.skipped + len(report.rejected)
        assert sum(report.codes.values()) == len(report.rejected)
        assert report.to_csv()


def report_of(read: Callable[[bytes], ReadProducts | ReadOrders], body: bytes) -> Report:
    """Of a file that is refused, one without rows; any other exception fails the test."""
    try:
        return read(body).report
    except InvalidEvent:
        return Report(rows=0, kept=0, skipped=0, rejected=(), remarks=())


def test_what_others_have_set_for_csv_changes_nothing() -> None:
    csv.field_size_limit(10_000_000)
    assert refused('id,name\n1,"' + "x" * 140_000).code == "not_csv"
