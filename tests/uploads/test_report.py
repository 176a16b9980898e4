"""The account of rows, and the table of columns in the guide."""

import csv
import io
import re
from pathlib import Path

import pytest

from tests.uploads.samples import products
from uploads import RowCode
from uploads.columns import ORDER_COLUMNS, PRODUCT_COLUMNS, Column

GUIDE = Path(__file__).parents[2] / "docs" / "howto" / "bring-csv-files.md"


def told(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(products(text).report.to_csv().decode("utf-8-sig"), newline="")))


def test_rejected_rows_come_with_line_reason_advice_and_cells() -> None:
    titles, row = told("id,name,price,note\n1,Tea,dear,secret\n")

    assert titles == ["line", "code", "reason", "what to do", "row"]
    assert row == ["2", "bad_number", "'dear' is no number", RowCode.BAD_NUMBER.advice, "1,Tea,dear"]


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@x"])
def test_what_a_spreadsheet_would_run_is_told_as_text(start: str) -> None:
    _, row = told(f"id,name,price\n{start},Tea,dear\n")

    assert row[-1] == f"'{start},Tea,dear"


def test_every_code_has_advice() -> None:
    assert all(code.advice.endswith(".") for code in RowCode)


def test_rejections_are_counted_by_code_and_sorted_by_line() -> None:
    report = products("id,name,price\n1,,1\n2,Tea,x\n3,,1\n").report

    assert report.codes == {"bad_number": 1, "no_name": 2}
    assert [row.line for row in report.rejected] == [2, 3, 4]


@pytest.mark.parametrize(
    ("title", "columns"), [("Columns of products", PRODUCT_COLUMNS), ("Columns of orders", ORDER_COLUMNS)]
)
def test_the_guide_lists_the_columns_that_are_known(title: str, columns: tuple[Column, ...]) -> None:
    part = GUIDE.read_text("utf-8").partition(f"## {title}\n")[2].partition("\n## ")[0]
    rows = [re.findall(r"`([^`]+)`", line) for line in part.splitlines() if line.startswith("| `")]

    assert [(names[0], tuple(names[1:])) for names in rows] == [
        (column.name, column.names) for column in columns
    ]
    assert [line.endswith("needed |") for line in part.splitlines() if line.startswith("| `")] == [
        column.needed for column in columns
    ]


def test_the_guide_lists_every_code_with_its_advice() -> None:
    text = GUIDE.read_text("utf-8")

    assert [code for code in RowCode if f"| `{code}` | {code.advice} |" not in text] == []
