"""Google Sheets, against a server that speaks what the exporter needs: exactly once, whatever goes wrong."""

import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exports.made_up import RUN_ID, Tables
from tests.exports.sheets_server import KNOWN, Sheets, serving
from tests.exports.test_export import command
from tests.until import until

PACKAGES, ENRICHED = "Packages", "Packages Enriched"


@pytest.fixture
def sheets() -> Iterator[Sheets]:
    with serving() as running:
        yield running


def to_sheets(run: Tables, folder: Path, sheets: Sheets, *words: str) -> subprocess.Popen[str]:
    token = folder / "token"
    token.write_text("a-token")
    google = {"GOOGLE_SHEETS_CREDENTIALS": str(token), "GOOGLE_SHEETS_ENDPOINT": sheets.address}
    return command(run, folder, "--sheets", KNOWN, *words, more=google)


def export(run: Tables, folder: Path, sheets: Sheets) -> str:
    process = to_sheets(run, folder, sheets)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
    return out + err


def ids(sheets: Sheets, title: str) -> list[str]:
    return [row["package_id"] for row in sheets.table(title)]


async def test_two_worksheets_are_made_and_each_package_has_its_row(
    run: Tables, tmp_path: Path, sheets: Sheets
) -> None:
    found = [await run.package(number) for number in (1, 2)]
    left = await run.left_out(0)
    await run.status("completed")

    export(run, tmp_path, sheets)

    assert Counter(ids(sheets, PACKAGES)) == Counter([*found, left])
    assert Counter(ids(sheets, ENRICHED)) == Counter(found)
    assert sheets.options == {"RAW"}, "nothing that a cell holds may be taken for a formula"
    first = sheets.table(PACKAGES)[0]
    assert list(first)[:3] == ["package_name", "deal_ids", "reasoning"]
    assert first["package_name"].startswith("'="), "nor when somebody edits it later"


async def test_what_is_there_is_not_written_again(run: Tables, tmp_path: Path, sheets: Sheets) -> None:
    first = await run.package(1)
    await run.status("completed")
    export(run, tmp_path, sheets)
    before = list(sheets.writes)
    export(run, tmp_path, sheets)
    assert sheets.writes == before

    second = await run.package(2)
    export(run, tmp_path, sheets)
    assert ids(sheets, PACKAGES) == [first, second]
    assert ids(sheets, ENRICHED) == [first, second]


async def test_quotas_errors_and_lost_answers_cost_time_and_no_row(
    run: Tables, tmp_path: Path, sheets: Sheets
) -> None:
    found = {await run.package(number) for number in range(12)}
    await run.status("completed")
    sheets.faults += ["429", "500", "lost", "lost", "503", "429", "lost"]

    export(run, tmp_path, sheets)

    assert sheets.faults == []
    assert Counter(ids(sheets, PACKAGES)) == Counter(found)
    assert Counter(ids(sheets, ENRICHED)) == Counter(found)


async def test_an_export_that_is_killed_goes_on_where_it_was(
    run: Tables, tmp_path: Path, sheets: Sheets
) -> None:
    found: set[str] = set()
    for turn in range(4):
        found |= {await run.package(10 * turn + number) for number in range(5)}
        await run.status(None)
        process = to_sheets(run, tmp_path, sheets, "--follow")
        written = len(sheets.writes)

        async def moved(before: int = written) -> bool:
            return len(sheets.writes) > before

        await until(moved, what="a write", seconds=60)
        process.send_signal(signal.SIGKILL)
        process.communicate()

    await run.status("completed")
    export(run, tmp_path, sheets)

    assert Counter(ids(sheets, PACKAGES)) == Counter(found)
    assert Counter(ids(sheets, ENRICHED)) == Counter(found)


async def test_a_spreadsheet_that_is_not_there_is_said_so(
    run: Tables, tmp_path: Path, sheets: Sheets
) -> None:
    await run.package(1)
    await run.status("completed")
    google = {"GOOGLE_SHEETS_CREDENTIALS": str(tmp_path / "none"), "GOOGLE_SHEETS_ENDPOINT": sheets.address}

    process = command(run, tmp_path, "--sheets", KNOWN, more=google)
    _, err = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "cannot read" in err
    assert RUN_ID not in sheets.grids
