"""`assort verify --exports`: what can go wrong with exports is found, and each finding says what to do."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.connections import open_views
from cli.domain.checks_exports import CHECKS, Exports, counted
from cli.exports.checking import exports_of
from cli.exports.places import Place
from cli.exports.rows import Rows
from tests.exports.made_up import RUN_ID, STAMP, TENANT, Tables
from tests.exports.test_export import export

Tamper = Callable[[Path], None]


async def looked_at(run: Tables, folder: Path) -> Exports:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POSTGRES_DSN", run.dsn)
        async with open_views() as views:
            where = Place(folder / "output", STAMP)
            return await exports_of(Rows(views, TENANT, RUN_ID, 1), where, None)


async def findings(run: Tables, folder: Path) -> list[str]:
    found = await looked_at(run, folder)
    return [words for check in CHECKS for words in check(found)]


async def exported(run: Tables, folder: Path) -> None:
    """Two packages of one name, both enriched, and a list of excluded deals: in files of all kinds."""
    await run.package(1, name="Premium Sports")
    await run.package(2, name="Premium Sports")
    await run.left_out(0)
    await run.status("completed")
    export(run, folder)


def file(folder: Path, name: str, ending: str) -> Path:
    return folder / "output" / f"{name}_{STAMP}.{ending}"


def without_a_row(folder: Path) -> None:
    path = file(folder, "packages_enriched", "jsonl")
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))


def with_a_row_twice(folder: Path) -> None:
    path = file(folder, "packages", "jsonl")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines, lines[0]]))


def with_other_deals(folder: Path) -> None:
    path = file(folder, "packages_enriched", "json")
    lines = json.loads(path.read_text())
    lines[0]["deal_ids"].pop()
    path.write_text(json.dumps(lines))


def without_deals(folder: Path) -> None:
    path = file(folder, "packages_enriched", "csv")
    header, *others = path.read_bytes().split(b"\r\n")
    at = header.split(b",").index(b"deal_ids")
    assert at == 1
    broken = [other.replace(b'"[""a.com/1-0, b"", ', b'"[', 1) for other in others]
    path.write_bytes(b"\r\n".join([header, *broken]))


def truncated(folder: Path) -> None:
    path = file(folder, "packages", "csv")
    path.write_bytes(path.read_bytes()[:-20])


def no_workbook(folder: Path) -> None:
    file(folder, "packages", "xlsx").write_bytes(b"not a zip")


async def test_a_sound_export_agrees_and_its_difference_is_explained(run: Tables, tmp_path: Path) -> None:
    await exported(run, tmp_path)

    found = await looked_at(run, tmp_path)

    assert [words for check in CHECKS for words in check(found)] == []
    assert counted(found)[0] == (
        "3 packages were proposed: 2 enriched, 1 lists of excluded deals"
        " (expected: there is nothing to enrich)"
    )


@pytest.mark.parametrize(
    ("tamper", "words"),
    [
        pytest.param(without_a_row, "lacks 1 of 2", id="a row is gone"),
        pytest.param(with_a_row_twice, "1 more than once", id="a row is there twice"),
        pytest.param(with_other_deals, "1 rows have other deal_ids", id="deal_ids were changed"),
        pytest.param(without_deals, "1 rows have other deal_ids", id="deal_ids are gone from a cell"),
        pytest.param(truncated, "cannot be read", id="a file is torn"),
        pytest.param(no_workbook, "cannot be read", id="a workbook is none"),
    ],
)
async def test_a_damaged_export_is_found_and_the_finding_says_what_to_do(
    run: Tables, tmp_path: Path, tamper: Tamper, words: str
) -> None:
    await exported(run, tmp_path)
    tamper(tmp_path)

    found = await findings(run, tmp_path)

    assert any(words in one and "run `assort export` again" in one for one in found), found


async def test_an_interrupted_enrichment_is_told_by_id(run: Tables, tmp_path: Path) -> None:
    await exported(run, tmp_path)
    lost = await run.package(3, name="Premium Sports", enriched=False)
    export(run, tmp_path)

    assert await findings(run, tmp_path) == [
        f"1 packages were proposed and not enriched: {lost}; `assort enrich {RUN_ID}` does what is missing"
    ]


async def test_a_package_whose_enrichment_failed_is_named(run: Tables, tmp_path: Path) -> None:
    await exported(run, tmp_path)
    failed = await run.package(3, enriched=False)
    await run.failed_member(failed, revision=1)
    export(run, tmp_path)

    [words] = await findings(run, tmp_path)
    assert words.startswith(f"the enrichment of 1 packages failed: {failed}; `assort enrich")


async def test_without_an_export_there_is_nothing_to_agree_with(run: Tables, tmp_path: Path) -> None:
    await run.package(1)
    await run.status("completed")

    assert await findings(run, tmp_path) == [
        f"no file of {RUN_ID} is there: `assort export {RUN_ID}` writes them"
    ]


async def test_the_next_export_writes_what_was_missing(run: Tables, tmp_path: Path) -> None:
    await exported(run, tmp_path)
    without_a_row(tmp_path)
    truncated(tmp_path)
    no_workbook(tmp_path)
    with_other_deals(tmp_path)

    export(run, tmp_path)

    assert await findings(run, tmp_path) == []
