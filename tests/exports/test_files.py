"""Each kind of file: what goes in comes out, and what a kill tears off is mended."""

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from cli.errors import CliError
from cli.exports.appended import Appended, Csv, JsonLines, csv_cells, csv_records
from cli.exports.cells import CUT, ENRICHED, PACKAGES, neutral, row, told
from cli.exports.lines import EnrichedLine, Line, PackageLine
from cli.exports.parquet import Parquet, parts, read_lines
from cli.exports.places import Place, held, place
from cli.exports.whole import Book, JsonArray
from tests.exports.made_up import RUN_ID, STAMP, enriched, package

LINES = [package(number) for number in range(3)]


def written(sink: Appended, lines: Sequence[Line]) -> bytes:
    there = sink.open()
    sink.add([line for line in lines if line.key not in there])
    sink.flush()
    return sink.path.read_bytes()


@pytest.mark.parametrize("kind", [JsonLines, Csv])
def test_a_file_torn_at_any_byte_is_completed_to_the_same_bytes(
    kind: type[JsonLines | Csv], tmp_path: Path
) -> None:
    path = tmp_path / "file"
    whole = written(kind(path, RUN_ID, PACKAGES), LINES)
    for at in range(len(whole)):
        path.write_bytes(whole[:at])
        assert written(kind(path, RUN_ID, PACKAGES), LINES) == whole


def test_a_record_that_was_edited_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "file"
    whole = written(JsonLines(path, RUN_ID, PACKAGES), LINES)
    path.write_bytes(whole.replace(b'"kind"', b'kind"', 1))
    before = path.read_bytes()
    with pytest.raises(CliError, match=r"record 1.*remove it"):
        JsonLines(path, RUN_ID, PACKAGES).open()
    assert path.read_bytes() == before


def test_files_of_another_run_are_left_alone(tmp_path: Path) -> None:
    written(Csv(tmp_path / "file", RUN_ID, PACKAGES), LINES)
    with pytest.raises(CliError, match="choose another --output"):
        Csv(tmp_path / "file", "RUN_other", PACKAGES).open()


def test_json_lines_and_the_array_come_back_exactly(tmp_path: Path) -> None:
    lines = [enriched(1), enriched(2, starts=None, seats=["s1"], prompt_version=3)]
    body = written(JsonLines(tmp_path / "lines", RUN_ID, ENRICHED), lines)
    array = JsonArray(tmp_path / "array")
    array.add(lines)
    array.flush()
    assert [EnrichedLine.model_validate_json(line) for line in body.splitlines()] == lines
    found = json.loads((tmp_path / "array").read_bytes())
    assert [EnrichedLine.model_validate(element) for element in found] == lines


def test_csv_comes_back_and_formulas_are_texts(tmp_path: Path) -> None:
    body = written(Csv(tmp_path / "file", RUN_ID, PACKAGES), LINES)
    _, *records = csv_records(body)
    for record, line in zip(records, LINES, strict=True):
        cells = csv_cells(record, PACKAGES.titles)
        assert cells["package_name"] == line.package_name
        assert cells["reasoning"] == line.reasoning
        assert tuple(json.loads(cells["deal_ids"])) == line.deal_ids
    assert b"\n'=Package" in body
    assert b"\n=" not in body.replace(b"\r", b"")


def test_parquet_comes_back_exactly_in_parts(tmp_path: Path) -> None:
    folder = tmp_path / "packages.parquet"
    lines = [enriched(1), enriched(2, starts=None, seats=["s1"], prompt_version=3)]
    for line in lines:
        sink = Parquet(folder, RUN_ID, ENRICHED)
        sink.open()
        sink.add([line])
        sink.flush()
    assert [path.name for path in parts(folder)] == ["part-00001.parquet", "part-00002.parquet"]
    assert [found for path in parts(folder) for found in read_lines(path, ENRICHED)] == lines
    assert Parquet(folder, RUN_ID, ENRICHED).open() == {line.key for line in lines}


def test_half_a_part_is_no_part(tmp_path: Path) -> None:
    (tmp_path / ".part-00001.parquet.half").write_bytes(b"PAR1")
    assert Parquet(tmp_path, RUN_ID, PACKAGES).open() == frozenset()


def test_the_workbook_has_both_sheets_without_formulas(tmp_path: Path) -> None:
    book = Book(tmp_path / "book.xlsx")
    sheets = [book.sheet(PACKAGES), book.sheet(ENRICHED)]
    sheets[0].add([package(1, reasoning="a\x0bb" + "x" * 40_000)])
    sheets[1].add([enriched(1)])
    sheets[1].flush()
    found = load_workbook(tmp_path / "book.xlsx")
    assert found.sheetnames == ["Packages", "Packages Enriched"]
    titles, cells = found["Packages"].iter_rows(values_only=True)
    assert titles[:3] == ("package_name", "deal_ids", "reasoning")
    assert cells[0] == "'=Package 1"
    assert cells[2].endswith(CUT)
    assert "f" not in {cell.data_type for row in found["Packages Enriched"] for cell in row}
    named = dict(zip(ENRICHED.titles, list(found["Packages Enriched"].values)[1], strict=True))
    assert named["floor_median"] == 2.25
    assert named["safety"] == "medium"


@given(st.text())
def test_a_neutral_text_begins_with_no_formula_and_comes_back(text: str) -> None:
    cell = neutral(text)
    assert told(cell) == text
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "＝1"])  # noqa: RUF001
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert neutral(text) == f"'{text}"
    assert told(neutral(text)) == text


def test_numbers_stay_numbers() -> None:
    cells = dict(zip(PACKAGES.titles, row(PACKAGES.columns, package(1, prompt_version=-2)), strict=True))
    assert cells["prompt_version"] == -2
    assert cells["revision"] == 1


def test_a_revision_has_files_of_its_own() -> None:
    one, two = place(Path("output"), RUN_ID, 1, None), place(Path("output"), RUN_ID, 2, None)
    assert one.file("packages", "json") == Path(f"output/packages_{STAMP}.json")
    assert two.file("packages_enriched", "csv") == Path(f"output/packages_enriched_{STAMP}_r2.csv")


def test_a_second_exporter_is_told_of_the_first(tmp_path: Path) -> None:
    where = Place(tmp_path, STAMP)
    with held(where), pytest.raises(CliError, match="another `assort export`"), held(where):
        pass
    with held(where):
        pass


def test_the_lines_of_tests_differ() -> None:
    assert all(first != second for first, second in pairwise(LINES))
    assert isinstance(LINES[0], PackageLine)
