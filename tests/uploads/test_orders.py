"""Order books out of files."""

import math
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.uploads.samples import DATA, DEFAULTS, SHOPIFY_ORDERS, lines, orders
from uploads import RowCode, UploadDefaults

RETAIL = DATA / "online_retail_byday"
ADVENTURE = DATA / "adventureworks_dw" / "AdventureWorks_Sales_2019.csv"
NORTHWIND = DATA / "northwind" / "create.sql"
DETAIL = re.compile(r"\((\d{5}), ?(\d+), ?([\d.]+), ?(\d+), ?[\d.]+\)")  # of an INSERT of Northwind
HEADER = "order_id,date,product_id,quantity,unit_price,currency,cancelled\n"


def milliseconds(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp() * 1000)  # type: ignore[misc,arg-type]


def test_a_plain_file_becomes_a_book() -> None:
    read = orders(
        f"{HEADER}1,2026-03-01,tea,2,4.50,EUR,\n1,2026-03-01,cup,1,,EUR,\n2,2026-02-01,tea,1,5,,no\n"
    )

    assert read.book.order_ids == ("2", "1")
    assert list(read.book.placed_ms) == [milliseconds(2026, 2, 1), milliseconds(2026, 3, 1)]
    assert lines(read)[0] == ("2", "tea", 1, 5)
    assert lines(read)[2] == ("1", "tea", 2, 9)
    assert math.isnan(lines(read)[1][3])
    assert read.book.currencies == ("", "EUR")


def test_orders_of_shopify_say_most_in_their_first_row() -> None:
    read = orders(SHOPIFY_ORDERS)

    assert lines(read) == [("#1001", "Mug", 2, 18), ("#1001", "TEE-S", 1, 19.9)]
    assert list(read.book.placed_ms) == [milliseconds(2026, 3, 1, 9)]
    assert read.book.currencies == ("EUR",)


def test_refunded_and_cancelled_orders_are_skipped_and_counted() -> None:
    report = orders(SHOPIFY_ORDERS).report

    assert (report.rows, report.kept, report.skipped, len(report.rejected)) == (6, 2, 4, 0)
    assert "3 rows skipped: their order was cancelled or refunded." in report.remarks
    assert "1 row skipped: they name no item of the order." in report.remarks


def test_nothing_personal_is_kept_of_a_rejected_row() -> None:
    broken = SHOPIFY_ORDERS.replace("EUR,2026-03-01 10:00:00 +0100,1,", "EUR,yesterday,one,")
    report = orders(broken.replace("#1003,", "#1003,shifted,")).report
    told = report.to_csv().decode()

    assert report.codes == {RowCode.BAD_DATE: 1, RowCode.CELLS: 1, RowCode.NO_DATE: 1}
    assert "#1001" in told
    assert "example.com" not in told
    assert "Example" not in told


def test_lines_of_one_product_count_together_and_it_is_said() -> None:
    read = orders(f"{HEADER}1,2026-03-01,tea,2,4,,\n1,2026-03-01,tea,2,4,,\n")

    assert lines(read) == [("1", "tea", 4, 16)]
    assert read.report.kept == 2
    assert any("They count together" in remark for remark in read.report.remarks)


def test_ids_that_differ_by_capital_letters_stay_apart_and_it_is_said() -> None:
    read = orders(f"{HEADER}1,2026-03-01,85123a,1,,,\n1,2026-03-01,85123A,1,,,\n")

    assert read.book.product_ids == ("85123A", "85123a")
    assert "Product ids like another but for capital letters: 1. They stay apart." in read.report.remarks


def test_a_return_is_skipped_and_a_quantity_of_zero_is_rejected() -> None:
    read = orders(f"{HEADER}1,2026-03-01,tea,-1,4,,\n1,2026-03-01,cup,0,4,,\n1,2026-03-01,pot,1,4,,\n")

    assert (read.report.skipped, read.report.codes) == (1, {RowCode.ZERO_QUANTITY: 1})
    assert lines(read) == [("1", "pot", 1, 4)]


def test_an_invoice_with_c_undoes_where_others_are_numbers() -> None:
    assert orders(f"{HEADER}C2,2026-03-01,tea,1,,,\n1,2026-03-01,tea,1,,,\n").book.order_ids == ("1",)
    assert orders(f"{HEADER}C2,2026-03-01,tea,1,,,\nC1,2026-03-01,tea,1,,,\n").book.orders == 2


def test_the_earliest_date_of_an_order_counts_and_it_is_said() -> None:
    read = orders(f"{HEADER}1,2026-03-02,tea,1,,,\n1,2026-03-01,cup,1,,,\n")

    assert list(read.book.placed_ms) == [milliseconds(2026, 3, 1)]
    assert "Orders whose rows differ in date: 1. The earliest counts." in read.report.remarks


def test_an_order_of_two_currencies_is_rejected_whole() -> None:
    text = f"{HEADER}1,2026-03-01,tea,1,1,EUR,\n1,2026-03-01,cup,1,1,USD,\n2,2026-03-01,cup,1,1,USD,\n"
    read = orders(text)

    assert read.report.codes == {RowCode.TWO_CURRENCIES: 2}
    assert (read.book.order_ids, read.book.currencies) == (("2",), ("USD",))


def test_orders_may_differ_in_currency_and_take_the_default() -> None:
    text = f"{HEADER}1,2026-03-01,tea,1,€1,,\n2,2026-03-01,cup,1,1,,\n"
    read = orders(text, UploadDefaults("GBP", "UTC", day_first=False))

    assert [read.book.currencies[code] for code in read.book.order_currency] == ["EUR", "GBP"]


def test_orders_of_the_future_are_kept() -> None:
    assert orders(f"{HEADER}1,2199-01-01,tea,1,,,\n").book.orders == 1


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (",2026-03-01,tea,1,1,EUR,", RowCode.NO_ID),
        ("1,2026-03-01,,1,1,EUR,", RowCode.NO_ID),
        ("1,,tea,1,1,EUR,", RowCode.NO_DATE),
        ("1,2026-02-30,tea,1,1,EUR,", RowCode.BAD_DATE),
        ("1,2026-03-01,tea,some,1,EUR,", RowCode.BAD_NUMBER),
        ("1,2026-03-01,tea,2e9,1,EUR,", RowCode.UNFIT),
        ("1,2026-03-01,tea,inf,1,EUR,", RowCode.BAD_NUMBER),
        ("1,2026-03-01,tea,1,-1,EUR,", RowCode.NEGATIVE),
        ("1,2026-03-01,tea,1,1,E,", RowCode.BAD_CURRENCY),
        (f"{'1' * 256},2026-03-01,tea,1,1,EUR,", RowCode.UNFIT),
        (f"1,2026-03-01,{'t' * 256},1,1,EUR,", RowCode.UNFIT),
        ("1,2026-03-01,tea", RowCode.CELLS),
        ('1,2026-03-01,"tea,1,1,EUR,', RowCode.OPEN_QUOTE),
    ],
)
def test_a_row_that_cannot_be_used_is_rejected_for_its_reason(row: str, code: RowCode) -> None:
    read = orders(f"{HEADER}2,2026-03-01,cup,1,1,EUR,\n{row}\n")

    assert [(one.line, one.code) for one in read.report.rejected] == [(3, code)]
    assert lines(read) == [("2", "cup", 1, 1)]


def test_without_quantities_each_row_counts_one() -> None:
    read = orders(
        "order,when,what\n1,2026-03-01,tea\n", order_id="order", placed_at="when", product_id="what"
    )

    assert lines(read)[0][:3] == ("1", "tea", 1)
    assert "No column of quantities: each row counts one." in read.report.remarks


def test_an_order_may_have_very_many_lines() -> None:
    rows = "".join(f"1,2026-03-01,p{number},1,1,,\n" for number in range(30_000))

    assert orders(HEADER + rows).book.lines == 30_000


ORDER_ROWS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "C2", "#a", ""]),
        st.sampled_from(["2026-03-01", "1/2/2026", "13/2/2026", "2/13/2026", "", "x"]),
        st.sampled_from(["tea", "cup", ""]),
        st.sampled_from(["1", "-1", "0", "1.234", "2.5", "0.1", "0.7", "", "x"]),
        st.sampled_from(["1", "1,234", "€2", "3,5", "0.1", "0.7", "-1", ""]),
        st.sampled_from(["EUR", "USD", "", "e"]),
        st.sampled_from(["", "no", "yes"]),
    ).map(";".join),
    max_size=12,
)


@given(ORDER_ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows: list[str], chance: object) -> None:
    mixed = list(rows)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    header = HEADER.strip().replace(",", ";")

    read, again = (orders("\n".join([header, *some])) for some in (rows, mixed))

    assert again.book.to_bytes() == read.book.to_bytes()
    assert (again.report.codes, again.report.remarks) == (read.report.codes, read.report.remarks)
    assert read.report.rows == read.report.kept + read.report.skipped + len(read.report.rejected)


@pytest.mark.skipif(not RETAIL.exists(), reason="needs ../shared/data/online_retail_byday or ASSORT_DATA")
def test_a_real_shop_is_read_with_its_cancellations() -> None:
    days = sorted(RETAIL.glob("*.csv"))[:10]
    header = days[0].read_bytes().splitlines(keepends=True)[0]
    body = header + b"".join(day.read_bytes().partition(b"\n")[2] for day in days)
    read = orders(body)

    assert read.report.rows == read.report.kept + read.report.skipped + len(read.report.rejected)
    assert read.report.kept > 0.95 * read.report.rows
    assert not [name for name in read.book.order_ids if name.startswith("C")]
    assert (read.book.quantities > 0).all()


@pytest.mark.skipif(not ADVENTURE.exists(), reason="needs ../shared/data/adventureworks_dw or ASSORT_DATA")
def test_months_of_a_real_file_come_first() -> None:
    read = orders(ADVENTURE.read_bytes(), UploadDefaults("USD", "UTC", day_first=True))

    assert (read.report.kept, read.report.rejected, read.book.orders) == (29_481, (), 11_837)
    assert any("month first" in remark for remark in read.report.remarks)


@pytest.mark.skipif(not NORTHWIND.exists(), reason="needs ../shared/data/northwind or ASSORT_DATA")
def test_a_small_store_is_read_whole() -> None:
    sql = NORTHWIND.read_text("utf-8", errors="replace")
    placed = dict(re.findall(r"INSERT INTO Orders +Values \('(\d+)',[^\n]*?'(\d{4}-\d\d-\d\d) ", sql))
    sold = DETAIL.findall(sql)
    rows = [
        f"{order};{placed.get(order, '')};{product};{price};{count}" for order, product, price, count in sold
    ]
    read = orders("\n".join(["OrderID;OrderDate;ProductID;UnitPrice;Quantity", *rows]), DEFAULTS)

    assert (read.report.rows, read.report.rejected) == (len(sold), ())
    assert read.book.lines == len(sold) > 2_000
