"""Ranking data on one machine: `python -m ranker.data_gen`, its flags and what it refuses."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ranker.data_gen import main
from ranking.formats import FORMATS
from ranking.graph.sample import write_sample
from tests.ranker.working import DRY, NOWHERE, OUTPUT, SIDECAR, ask, clusters, made_by, records, sidecar
from tests.ranking.graphs import folder_of, platform


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a graph where it is looked for."""
    write_sample(tmp_path / "data/raw", platforms=20)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What the line says that ends a run: the last one on stderr."""

    def run(*argv: str) -> str:
        assert main(argv) == 1
        return capsys.readouterr().err.splitlines()[-1]

    return run


def test_a_dry_run_writes_records_of_the_schema_with_both_labels() -> None:
    assert main([*DRY, "--clusters", "10"]) == 0
    found = records()
    assert len(found) >= 100
    assert {one["label"] for one in found} == {0, 1}
    assert {frozenset(one) for one in found} == {
        frozenset({"query", "candidate_id", "label", "cluster_id", "metadata"})
    }
    assert made_by(found) == {"stub"}
    assert all(one["query"].startswith("stub ") for one in found)


def test_the_sidecar_says_seed_clusters_counts_and_how_it_was_made() -> None:
    assert main([*DRY, "--clusters", "10", "--queries-per-cluster", "2", "--negatives-per-query", "4"]) == 0
    told = sidecar()
    assert (told["seed"], told["clusters"], told["clusters_drawn"]) == (1, 20, 10)
    assert (told["model"], told["source"]) == ("words-1024", "graph")
    assert told["versions"] == ["llm: stub", "prompt: write_queries.v1", "rules: 1"]
    assert told["records"] == len(records())
    assert told["settings"]["negatives_per_query"] == 4
    assert set(told["queries_of_clusters"].values()) == {2}
    assert (told["proof"]["positive_negatives"], told["proof"]["duplicate_negatives"]) == (0, 0)


def test_seed_clusters_and_queries_are_logged_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*DRY, "--clusters", "2"]) == 0
    said, drawn = capsys.readouterr(), sidecar()["drawn"]
    assert said.out == ""
    assert f"seed 1; 2 clusters are drawn: {', '.join(drawn)}" in said.err
    assert f"cluster {drawn[0]}: 5 queries, made by stub" in said.err
    assert said.err.splitlines()[-1].startswith(f"{OUTPUT}: {len(records())} records, ")


def test_where_there_are_fewer_clusters_than_asked_for_all_are_used_and_that_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*DRY, "--clusters", "100"]) == 0
    assert sidecar()["clusters_drawn"] == 20
    assert "asked for 100 clusters, there are 20: all are used" in capsys.readouterr().err


def test_without_a_seed_one_is_drawn_and_another_run_can_repeat_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--dry-run", "--clusters", "3"]) == 0
    before, seed = OUTPUT.read_bytes(), sidecar()["seed"]
    assert f"seed {seed}; " in capsys.readouterr().err
    assert main(["--dry-run", "--clusters", "3", "--seed", str(seed)]) == 0
    assert OUTPUT.read_bytes() == before


def test_the_same_seed_gives_the_same_bytes_whatever_the_order_of_the_input(here: Path) -> None:
    assert main([*DRY, "--output", "first.json"]) == 0
    assert main([*DRY, "--output", "again.json"]) == 0
    for name in ("platforms", "add_ons"):
        path = here / f"data/raw/{name}.json"
        path.write_text(json.dumps(json.loads(path.read_text())[::-1]))
    head, *rest = (here / "data/raw/events.csv").read_text().splitlines()
    (here / "data/raw/events.csv").write_text("\n".join([head, *reversed(rest)]))
    assert main([*DRY, "--output", "shuffled.json"]) == 0
    first, again, shuffled = (Path(f"{name}.json").read_bytes() for name in ("first", "again", "shuffled"))
    assert first == again == shuffled


def test_another_seed_draws_other_clusters() -> None:
    assert main([*DRY, "--clusters", "5", "--output", "one.json"]) == 0
    assert main(["--dry-run", "--clusters", "5", "--seed", "2", "--output", "two.json"]) == 0
    assert clusters(records(Path("one.json"))) != clusters(records(Path("two.json")))


def test_a_graph_elsewhere_is_read_by_input(here: Path) -> None:
    (here / "data/raw").rename(here / "elsewhere")
    assert main([*DRY, "--input", "elsewhere", "--output", "out.json"]) == 0
    assert records(Path("out.json"))


def test_existing_records_stay_first_and_their_clusters_are_not_asked_about_again() -> None:
    assert main([*DRY, "--clusters", "8", "--output", "first.json"]) == 0
    assert main([*DRY, "--clusters", "8", "--existing", "first.json"]) == 0
    before, found = records(Path("first.json")), records()
    assert found[: len(before)] == before
    assert clusters(before).isdisjoint(sidecar()["drawn"])
    assert clusters(found[len(before) :]) <= set(sidecar()["drawn"])


def test_where_everything_was_asked_before_the_records_stay_as_they_were() -> None:
    assert main([*DRY]) == 0
    before = OUTPUT.read_bytes()
    assert main([*DRY, "--existing", str(OUTPUT)]) == 0
    assert OUTPUT.read_bytes() == before
    assert sidecar()["drawn"] == []


def test_other_formats_lie_in_a_folder_of_the_name_of_the_output() -> None:
    assert main([*DRY, "--format", "beir", "--format", "trec", "--output", "out/data.json"]) == 0
    assert sorted(path.name for path in Path("out/data.formats").iterdir()) == ["beir", "trec"]
    corpus = Path("out/data.formats/beir/corpus.jsonl").read_text().splitlines()
    documents = [json.loads(line) for line in corpus]
    assert {one["candidate_id"] for one in records(Path("out/data.json"))} <= {
        one["_id"] for one in documents
    }
    assert documents[0]["title"]
    assert documents[0]["metadata"]["sectors"]


def test_every_format_can_be_named() -> None:
    words = [word for name in FORMATS for word in ("--format", name)]
    assert main([*DRY, *words, "--output", "data.json"]) == 0
    assert sorted(path.name for path in Path("data.formats").iterdir()) == sorted(FORMATS)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        pytest.param(["--clusters", "1"], "--clusters: Input should be greater", id="one cluster"),
        pytest.param(["--clusters", "many"], "--clusters: invalid int value", id="no number"),
        pytest.param(["--queries-per-cluster", "0"], "--queries-per-cluster: Input", id="no queries"),
        pytest.param(["--negatives-per-query", "-1"], "--negatives-per-query: Input", id="negatives below 0"),
        pytest.param(["--seed", "-1"], "--seed: Input should be greater", id="seed below 0"),
        pytest.param(["--format", "xml"], "invalid choice: 'xml'", id="format"),
    ],
)
def test_a_line_that_makes_no_sense_exits_with_2(
    argv: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        pytest.param(["--no-overwrite"], f"{OUTPUT} exists and --no-overwrite was given", id="output there"),
        pytest.param(["--input", "nowhere"], "nowhere: no folder; name the one that", id="no input"),
        pytest.param(["--input", "empty"], "empty: no file; bring platforms", id="empty input"),
        pytest.param(["--input", "broken"], "nodes.json: ", id="broken input"),
        pytest.param(["--input", "lonely"], "there is 1 cluster; the negatives", id="one platform"),
        pytest.param(
            ["--existing", "nowhere.json"], "nowhere.json cannot be read (No such", id="no existing"
        ),
        pytest.param(["--existing", "bad.json"], "bad.json is not a JSON array", id="existing is no array"),
        pytest.param(["--output", "empty"], "empty is a folder: name a file in it", id="output is a folder"),
        pytest.param(["--answers", "bad.json"], "bad.json is no folder: name one by --answers", id="answers"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_and_changes_nothing(
    argv: list[str], words: str, here: Path, refused: Callable[..., str]
) -> None:
    OUTPUT.parent.mkdir()
    OUTPUT.write_bytes(b"old")
    (here / "bad.json").write_text("{}")
    for name in ("empty", "broken", "lonely"):
        (here / name).mkdir()
    (here / "broken/nodes.json").write_text("[")
    folder_of(here / "lonely", {"nodes.json": [platform("P1").model_dump(mode="json")]})
    before = tree(here)
    assert refused(*DRY, *argv).startswith(f"ranker.data_gen: {words}")
    assert tree(here) == before


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_formats_that_are_there_are_not_replaced_either(refused: Callable[..., str]) -> None:
    assert main([*DRY, "--format", "beir"]) == 0
    for path in (OUTPUT, SIDECAR):
        path.unlink()
    words = refused(*DRY, "--format", "beir", "--no-overwrite")
    assert "ranking_training_data.formats/beir exists and --no-overwrite was given" in words
    assert not OUTPUT.exists()


def test_without_a_key_the_ways_out_are_named(refused: Callable[..., str], here: Path) -> None:
    before = tree(here / "data")
    words = refused("--clusters", "2", "--seed", "1")
    assert "there is no key for gemini: set GEMINI_API_KEY or LLM_API_KEY" in words
    assert "--fallback" in words
    assert "--dry-run" in words
    assert tree(here / "data") == before


def test_a_model_that_is_away_leaves_the_old_file_and_names_the_ways_out(
    monkeypatch: pytest.MonkeyPatch, refused: Callable[..., str], here: Path
) -> None:
    assert main([*DRY]) == 0
    before = tree(here / "data")
    ask(monkeypatch, NOWHERE, LLM_TRANSPORT_RETRIES="0")
    words = refused("--clusters", "2", "--seed", "1")
    assert words.startswith("ranker.data_gen: language model: connection: ")
    assert "is kept in var/answers: run it again, or give --fallback" in words
    assert tree(here / "data") == before


def test_a_setting_that_makes_no_sense_is_named(
    monkeypatch: pytest.MonkeyPatch, refused: Callable[..., str]
) -> None:
    ask(monkeypatch, NOWHERE, LLM_CONCURRENCY="0")
    assert "llm_concurrency: Input should be greater" in refused("--clusters", "2", "--seed", "1")


def test_with_fallback_a_model_that_is_away_gives_queries_by_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    ask(monkeypatch, NOWHERE, LLM_TRANSPORT_RETRIES="0")
    assert main(["--clusters", "5", "--seed", "1", "--fallback"]) == 0
    assert made_by(records()) == {"fallback"}
    assert sidecar()["fallback_share"] == 1
    before = OUTPUT.read_bytes()
    assert main(["--clusters", "5", "--seed", "1", "--fallback"]) == 0
    assert OUTPUT.read_bytes() == before


def test_as_a_process_it_ends_with_its_code_and_its_words() -> None:
    line = [sys.executable, "-m", "ranker.data_gen", *DRY, "--no-overwrite"]
    done = [subprocess.run(line, capture_output=True, text=True, check=False) for _ in range(2)]
    assert [one.returncode for one in done] == [0, 1]
    assert [one.stdout for one in done] == ["", ""]
    assert done[0].stderr.startswith("seed 1; 20 clusters are drawn: ")
    assert done[1].stderr.count("\n") == 1


def test_a_dry_run_of_the_sample_takes_seconds(here: Path) -> None:
    write_sample(here / "data/raw")
    began = time.monotonic()
    assert main([*DRY]) == 0
    assert time.monotonic() - began < 10
    assert sidecar()["clusters_drawn"] == 50
