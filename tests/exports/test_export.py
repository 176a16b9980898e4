"""`assort export` on real tables: exactly once, whatever kills it and however often it is run."""

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid5

import asyncpg
import pytest
from openpyxl import load_workbook

from cli.exports.appended import csv_cells, csv_records
from cli.exports.cells import ENRICHED, PACKAGES
from cli.exports.parquet import parts, read_columns
from tests.exports.made_up import RUN_ID, SPACE, STAMP, Tables
from tests.until import until

FORMATS = "json,jsonl,csv,xlsx,parquet"
KILLS = 20


def command(
    run: Tables, folder: Path, *words: str, more: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "cli", "export", RUN_ID, "--format", FORMATS, *words],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "POSTGRES_DSN": run.dsn,
            "COLUMNS": "200",
            **(more or {}),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def export(run: Tables, folder: Path, *words: str, code: int = 0) -> str:
    process = command(run, folder, *words)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, out + err
    return out + err


def ids(folder: Path, name: str, suffix: str = "") -> dict[str, list[str]]:
    """The package ids in each kind of file."""
    table = PACKAGES if name == "packages" else ENRICHED
    base = folder / "output" / f"{name}_{STAMP}{suffix}"
    _, *records = csv_records(base.with_suffix(".csv").read_bytes())
    book = load_workbook(folder / "output" / f"packages_{STAMP}{suffix}.xlsx", read_only=True)
    at = table.titles.index("package_id")
    rows = list(book[table.sheet].values)[1:]
    book.close()
    return {
        "json": [line["package_id"] for line in json.loads(base.with_suffix(".json").read_bytes())],
        "jsonl": [
            json.loads(line)["package_id"] for line in base.with_suffix(".jsonl").read_bytes().splitlines()
        ],
        "csv": [csv_cells(record, table.titles)["package_id"] for record in records],
        "xlsx": [str(cells[at]) for cells in rows],
        "parquet": [
            found
            for path in parts(base.with_suffix(".parquet"))
            for (found,) in read_columns(path, ["package_id"])
        ],
    }


def once(expected: set[str], found: dict[str, list[str]]) -> None:
    for kind, names in found.items():
        assert Counter(names) == Counter(expected), kind


async def test_every_format_has_every_package_once(run: Tables, tmp_path: Path) -> None:
    packages = {await run.package(number, name="Twice the same name") for number in range(5)}
    left_out = {await run.left_out(number) for number in range(2)}
    await run.status("completed")
    for _ in range(2):  # the second time finds it all there
        export(run, tmp_path)
        once(packages | left_out, ids(tmp_path, "packages"))
        once(packages, ids(tmp_path, "packages_enriched"))
    lines = json.loads((tmp_path / "output" / f"packages_enriched_{STAMP}.json").read_bytes())
    assert all(len(line["deal_ids"]) == 4 for line in lines)
    excluded = [
        line
        for line in json.loads((tmp_path / "output" / f"packages_{STAMP}.json").read_bytes())
        if line["kind"] == "excluded"
    ]
    assert excluded[0]["excluded"][0]["code"] == "safety_mismatch"


async def test_a_run_that_is_not_over_says_so_and_is_completed_later(run: Tables, tmp_path: Path) -> None:
    packages = {await run.package(number) for number in range(2)}
    await run.status(None)
    assert "--follow" in export(run, tmp_path, code=2)
    once(packages, ids(tmp_path, "packages"))
    packages.add(await run.package(2))
    await run.status("completed")
    export(run, tmp_path)
    once(packages, ids(tmp_path, "packages"))


async def test_a_row_that_commits_late_is_not_skipped(run: Tables, tmp_path: Path) -> None:
    """Its time lies before that of a row that has been exported already."""
    other = await asyncpg.connect(run.dsn)
    late = other.transaction()
    await late.start()
    await Tables(run.dsn, other).package(0)
    await run.package(1)
    await run.status(None)
    export(run, tmp_path, code=2)
    await late.commit()
    await other.close()
    await run.status("completed")
    export(run, tmp_path)
    once({str(uuid5(SPACE, f"p{number}")) for number in range(2)}, ids(tmp_path, "packages"))


async def test_rows_appear_while_the_run_goes_on(run: Tables, tmp_path: Path) -> None:
    await run.package(0)
    await run.status(None)
    following = command(run, tmp_path, "--follow")
    path = tmp_path / "output" / f"packages_{STAMP}.jsonl"
    for number in range(1, 4):

        async def there(count: int = number) -> bool:
            return path.exists() and path.read_bytes().count(b"\n") == count

        await until(there, what=f"{number} lines")
        await run.package(number)
    await run.status("completed")
    out, err = following.communicate(timeout=30)
    assert following.returncode == 0, out + err
    once({str(uuid5(SPACE, f"p{number}")) for number in range(4)}, ids(tmp_path, "packages"))


async def test_killed_at_random_and_run_again_nothing_is_lost_or_doubled(run: Tables, tmp_path: Path) -> None:
    chance = random.Random(4)  # noqa: S311 - the same kills again
    await run.status(None)
    packages: set[str] = set()
    for kill in range(KILLS):
        process = command(run, tmp_path, "--follow")
        folder = tmp_path / "output"

        async def begun(process: subprocess.Popen[str] = process, folder: Path = folder) -> bool:
            return process.poll() is not None or (folder / f".packages_{STAMP}.lock").exists()

        await until(begun, what="the exporter is at work")
        for number in range(15):
            packages.add(await run.package(kill * 15 + number))
        try:
            process.wait(chance.uniform(0.3, 1.8))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        out, err = process.communicate()
        assert process.returncode == -signal.SIGKILL, out + err
    await run.status("completed")
    export(run, tmp_path)
    once(packages, ids(tmp_path, "packages"))
    once(packages, ids(tmp_path, "packages_enriched"))


async def test_a_later_revision_exports_what_it_has_and_nothing_else(run: Tables, tmp_path: Path) -> None:
    kept, gone = await run.package(0), await run.package(1)
    await run.status("completed")
    export(run, tmp_path)
    await run.status(None, revision=2)
    new = await run.package(2, revision=2)
    for package_id, made_by in ((kept, 1), (new, 2)):
        await run.member(package_id, revision=2, made_by=made_by)
    await run.status("completed", revision=2)
    export(run, tmp_path)
    once({kept, new}, ids(tmp_path, "packages", "_r2"))
    once({kept, new}, ids(tmp_path, "packages_enriched", "_r2"))
    once({kept, gone}, ids(tmp_path, "packages"))


async def test_what_is_enriched_again_waits_for_the_new_row(run: Tables, tmp_path: Path) -> None:
    again = await run.package(0)
    await run.status(None, revision=2)
    await run.package(0, revision=2, enriched=False)
    await run.member(again, revision=2, made_by=2)
    export(run, tmp_path, code=2)
    assert ids(tmp_path, "packages_enriched", "_r2")["jsonl"] == []
    await run.enriched(0, revision=2)
    await run.status("completed", revision=2)
    export(run, tmp_path)
    once({again}, ids(tmp_path, "packages_enriched", "_r2"))


@pytest.mark.parametrize("words", [["--format", "pdf"], ["--sheets", "x"]])
async def test_what_cannot_be_done_is_said_in_one_line(run: Tables, tmp_path: Path, words: list[str]) -> None:
    await run.status("completed")
    said = export(run, tmp_path, *words, code=1)
    assert said.startswith("assort: ")
    assert "Traceback" not in said
