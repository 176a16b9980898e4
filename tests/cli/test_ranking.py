"""Ranking data on the command line: what is asked, what is refused, what is written, shown and explained."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli import reading
from cli.errors import CliError, Exit
from cli.ranking import sources
from cli.ranking.asking import RankingWish, chosen, request_of
from cli.ranking.bringing import Brought
from cli.ranking.results import data_of
from cli.ranking.sources import packages_run
from cli.ranking.writing import Files, formats_of, write
from cli.reading import RunRow
from contracts import Reference
from contracts.event import loads
from contracts.ranking import RankingSettings
from contracts.runs import Counts
from ranking.files import read_records, rendered
from ranking.graph.reading import read_lines
from ranking.record import Record
from ranking.training.folder import read
from tests.cli.ranking_runs import AT, FAILED, RUN_ID, SETTINGS, Stored, nodes, run_row, whole
from tests.cli.test_commands import NOBODY, assort

PACKAGES = run_row(run_id="RUN_packages", kind="packages", status="completed", counts=Counts(packages=4))
OBJECT = Reference(key="main/graphs/x.jsonl", sha256="0" * 64, bytes=1, count=1)
FOREIGN = Record("where is it", "elsewhere", "C", 3, "same_package", "train", "model", "key")


@pytest.fixture
async def stored() -> Stored:
    return await Stored.of()


def test_flags_become_settings_and_count_more_than_words() -> None:
    picked = chosen(["num_clusters=9", "margin=0.2"], num_clusters=20, seed=3, dry_run=True, fallback=None)

    assert picked.settings == RankingSettings(
        num_clusters=20, seed=3, dry_run=True, negatives={"margin": 0.2}
    )
    assert not picked.drawn


def test_a_flag_that_is_not_given_leaves_what_words_say() -> None:
    assert chosen(["num_clusters=9", "seed=1"], num_clusters=None, seed=None).settings.num_clusters == 9


def test_without_a_seed_one_is_drawn() -> None:
    picked = [chosen([], num_clusters=3) for _ in range(5)]

    assert all(one.drawn for one in picked)
    assert len({one.settings.seed for one in picked}) > 1
    assert {one.settings.num_clusters for one in picked} == {3}


def test_a_setting_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(CliError, match=r"no such setting; there are .*negatives\.margin"):
        chosen(["margn=1"])


def test_a_wish_becomes_a_request() -> None:
    wish = RankingWish("main", SETTINGS, "RUN_packages", budget=2, wait=5)
    asked = request_of(wish, SETTINGS, PACKAGES, existing=OBJECT)

    assert (asked.packages_run, asked.packages_revision, asked.graph) == ("RUN_packages", 1, None)
    assert (asked.existing, asked.settings, asked.budget_usd, asked.wait_seconds) == (OBJECT, SETTINGS, 2, 5)


def test_a_wish_for_a_graph_names_no_packages() -> None:
    asked = request_of(RankingWish("main", SETTINGS), SETTINGS, None, graph=OBJECT)

    assert (asked.packages_run, asked.packages_revision, asked.graph) == (None, None, OBJECT)


def known(*runs: RunRow) -> Stored:
    rows = [{name: getattr(run, name) for name in RunRow.__slots__} for run in runs]
    rows = [row | {"counts": row["counts"].model_dump(), "cost": row["cost"].model_dump()} for row in rows]
    matching = [{"run_id": run.run_id} for run in runs[:1]]
    return Stored(rows={reading.RUNS: rows, reading.MATCHING: matching, sources.LAST_PACKAGES: matching})


@pytest.mark.parametrize("given", ["RUN_packages", "last", "RUN_packages@1"])
async def test_a_finished_run_of_packages_is_found(given: str) -> None:
    assert await packages_run(known(PACKAGES).views, "main", given) == PACKAGES


async def test_of_a_run_that_is_being_revised_the_finished_revision_is_taken() -> None:
    newer = replace(PACKAGES, revision=2, status=None, counts=Counts())
    found = await packages_run(known(newer, PACKAGES).views, "main", "last")
    assert found.revision == 1


@pytest.mark.parametrize(
    ("run", "given", "words", "code"),
    [
        pytest.param(None, "RUN_x", "no run RUN_x is known", Exit.FAILED, id="unknown"),
        pytest.param(None, "last", "there is no run of packages yet", Exit.FAILED, id="none yet"),
        pytest.param(PACKAGES, "RUN_packages@7", "no run RUN_packages@7", Exit.FAILED, id="no such revision"),
        pytest.param(PACKAGES, "RUN_packages@x", "as a number", Exit.FAILED, id="no revision at all"),
        pytest.param(run_row(), RUN_ID, "makes ranking_data", Exit.FAILED, id="of another kind"),
        pytest.param(replace(PACKAGES, status=None), "last", "is not over", Exit.UNFINISHED, id="not over"),
        pytest.param(
            replace(PACKAGES, status="failed", counts=Counts()),
            "last",
            "has no packages",
            Exit.FAILED,
            id="failed",
        ),
    ],
)
async def test_packages_that_are_of_no_use_are_refused(
    run: RunRow | None, given: str, words: str, code: Exit
) -> None:
    with pytest.raises(CliError, match=words) as refused:
        await packages_run(known(*[run] if run else []).views, "main", given)
    assert refused.value.code == code


def test_a_graph_and_records_are_read_before_anything_is_asked(tmp_path: Path) -> None:
    platforms = [{"node_id": "P1", "name": "One"}, {"node_id": "P2", "name": "Two"}]
    (tmp_path / "graph").mkdir()
    (tmp_path / "graph" / "platforms.json").write_text(json.dumps(platforms))
    (tmp_path / "before.json").write_bytes(rendered([FOREIGN]))

    brought = Brought.read(tmp_path / "graph", tmp_path / "before.json")

    assert brought.graph is not None
    assert brought.existing is not None
    assert [node.node_id for node in read_lines(brought.graph.body)] == ["P1", "P2"]
    assert (brought.graph.count, brought.existing.count) == (2, 1)
    assert read_records(brought.existing.body, "x") == (FOREIGN,)


REFUSED: list[Any] = [
    pytest.param(["--packages", "x", "--graph", "y"], "give one of them", id="two sources"),
    pytest.param(["--output", "there.json", "--no-overwrite"], "there.json exists", id="output exists"),
    pytest.param(
        ["--output", "new.json", "--format", "beir", "--no-overwrite"],
        "choose another --output",
        id="format exists",
    ),
    pytest.param(["--output", "there.json/x.json"], "is a file", id="file in place of a folder"),
    pytest.param(["--existing", "none.json"], "cannot read none.json", id="no such file"),
    pytest.param(["--existing", "bad.json"], "bad.json is not a JSON array", id="no records"),
    pytest.param(["--graph", "none"], "none: no folder", id="no such folder"),
    pytest.param(["--graph", "empty"], "empty: no file", id="no graph in it"),
    pytest.param(["--format", "csv"], "there are json, jsonl, beir", id="unknown format"),
    pytest.param(["--set", "splits.train=0.5"], "they add up to 1", id="shares"),
]


@pytest.mark.parametrize(("words", "reason"), REFUSED)
def test_what_cannot_be_done_is_refused_before_any_server_is_asked(
    tmp_path: Path, words: list[str], reason: str
) -> None:
    for name in ("there.json", "bad.json"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "empty").mkdir()
    (tmp_path / "new.formats" / "beir").mkdir(parents=True)

    done = assort(tmp_path, "run", "ranking-data", *words, environment=NOBODY)

    assert done.returncode == 1
    assert reason in done.stderr
    assert done.stderr.count("\n") == 1
    assert (tmp_path / "there.json").read_text() == "{}"


def test_a_number_out_of_range_is_wrong_usage(tmp_path: Path) -> None:
    assert assort(tmp_path, "run", "ranking-data", "--clusters", "1", environment=NOBODY).returncode == 2


async def test_the_file_is_the_dataset_with_a_sidecar_and_again_the_same(
    stored: Stored, tmp_path: Path
) -> None:
    result, data = await whole(stored)
    files = Files(tmp_path / "deep" / "out.json")

    words = await write(stored.store, run_row(), result, data, files)
    first = {path.name: path.read_bytes() for path in files.output.parent.iterdir()}
    await write(stored.store, run_row(), result, data, files)

    assert result.dataset is not None
    assert first["out.json"] == await stored.store.get(result.dataset.key)
    sidecar = loads(first["out.metadata.json"])
    assert sidecar["created_at"] == AT.isoformat().replace("+00:00", "Z")
    assert (sidecar["clusters_drawn"], sidecar["queries_of_clusters"][FAILED]) == (6, 0)
    assert {path.name: path.read_bytes() for path in files.output.parent.iterdir()} == first
    assert "out.json" in words[0]


async def test_further_formats_lie_in_a_folder_beside_the_file(stored: Stored, tmp_path: Path) -> None:
    result, data = await whole(stored)
    files = Files(tmp_path / "out.json", formats=formats_of(["beir, letor", "trec"]))

    await write(stored.store, run_row(), result, data, files)

    folder = tmp_path / "out.formats"
    assert sorted(path.name for path in folder.iterdir()) == ["beir", "letor", "trec"]
    corpus = [loads(line) for line in (folder / "beir" / "corpus.jsonl").read_text().splitlines()]
    assert [one["_id"] for one in corpus] == sorted(node.node_id for node in nodes())
    assert corpus[1]["metadata"] == {
        "sectors": ["Healthcare"],
        "regions": ["DACH"],
        "attributes": ["kind: add_on", "employees: 0", "founded: 1950"],
    }
    trained_on = read(folder / "beir").documents[1]
    assert (trained_on.sectors, trained_on.regions) == (("Healthcare",), ("DACH",))


async def test_records_of_candidates_without_text_have_no_further_formats(tmp_path: Path) -> None:
    stored = await Stored.of((FOREIGN,))
    result, data = await whole(stored)

    with pytest.raises(CliError, match="is written, further formats are not: records name candidates"):
        await write(stored.store, run_row(), result, data, Files(tmp_path / "out.json", formats=("beir",)))
    assert read_records((tmp_path / "out.json").read_bytes(), "x")[0] == FOREIGN


async def test_without_records_nothing_is_written_and_what_was_there_stays(
    stored: Stored, tmp_path: Path
) -> None:
    result, data = await whole(stored)
    (tmp_path / "out.json").write_text("before")
    for nothing in (None, replace(data, records=())):
        with pytest.raises(CliError, match="has no records: nothing was written"):
            await write(stored.store, run_row(), result, nothing, Files(tmp_path / "out.json"))
    assert (tmp_path / "out.json").read_text() == "before"


async def test_a_damaged_dataset_is_not_written(stored: Stored) -> None:
    result, _ = await whole(stored)
    assert result.dataset is not None
    stored.store.objects[result.dataset.key] += b" "

    with pytest.raises(CliError, match="assort verify"):
        await data_of(stored.store, run_row(), result)
