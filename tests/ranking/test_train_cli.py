"""`assort train ranker` and `assort evaluate ranker`, as a user meets them. No server is needed."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.app import build
from cli.errors import CliError
from tests.ranking.benchmarks import write


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("folders") / "small", trec=True, metadata=False)


@pytest.fixture(scope="module")
def model(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("rankers") / "deep" / "ranker"
    done = assort("train", "ranker", small, "--output", made, "--encoder", "hash")
    assert "small, dev: 8 queries" in done.stdout
    assert "small, test: 8 queries" in done.stdout
    assert "trees, 19 features; see README.md" in done.stdout
    return made


def assort(*words: str | Path) -> Result:
    """What the program itself would turn into one line and an exit code is raised."""
    return CliRunner().invoke(build(), [str(word) for word in words], catch_exceptions=False)


def test_a_ranker_is_told_beside_what_it_has_to_beat(small: Path, model: Path) -> None:
    done = assort("evaluate", "ranker", small, "--model", model, "--encoder", "hash")

    assert done.exit_code == 0
    shown = {line.split("  ")[0] for line in done.stdout.splitlines()}
    assert {"BM25", "encoder", "ranker", "ranker - BM25", "ranker - encoder"} <= shown
    assert "the ranker beats the encoder alone: nDCG@10 +" in done.stdout
    assert "BM25: nDCG@10" in done.stdout


def test_json_holds_the_same_figures_for_machines(small: Path, model: Path) -> None:
    command = ("evaluate", "ranker", small, "--model", model, "--encoder", "hash", "--split", "dev")
    told, found = assort(*command).stdout, json.loads(assort(*command, "--json").stdout)

    assert (found["split"], found["queries"], found["skipped"], found["seed"]) == ("dev", 8, 0, 7)
    assert set(found["results"]) == {"BM25", "encoder", "ranker"}
    assert set(found["differences"]) == {"BM25", "encoder"}
    for one in found["results"].values():
        assert f"{one['nDCG@10']['mean']:.4f} [{one['nDCG@10']['low']:.4f}" in told
        assert set(one) == {"nDCG@10", "MRR", "R@100"}
    assert all(words in told for words in found["words"])


def test_without_a_ranker_it_is_said_how_to_train_one(small: Path) -> None:
    done = assort("evaluate", "ranker", small, "--encoder", "hash")

    assert "ranker - BM25" not in done.stdout
    assert f"no ranker: `assort train ranker {small} --output DIR` makes one" in done.stdout


def test_the_environment_names_the_encoder(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCODER_BACKEND", "hash")

    assert "hash-256@1" in assort("evaluate", "ranker", small).stdout


def test_help_names_both() -> None:
    assert "ranker" in assort("train", "--help").stdout
    assert "ranker" in assort("evaluate", "--help").stdout


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        pytest.param(["evaluate", "ranker", "none"], "none has no corpus.jsonl", id="no folder"),
        pytest.param(
            ["train", "ranker", "none", "--output", "x"], "none has no corpus.jsonl", id="nothing to train on"
        ),
        pytest.param(
            ["evaluate", "ranker", "{small}", "--split", "x"], "there: dev, test, train", id="no such split"
        ),
        pytest.param(["evaluate", "ranker", "{small}", "--model", "{small}"], "is no ranker", id="no ranker"),
        pytest.param(
            ["train", "ranker", "{small}", "--output", "{small}"],
            "holds something that is no ranker",
            id="taken",
        ),
        pytest.param(
            ["evaluate", "ranker", "{small}", "--encoder", "x"],
            "'x' is neither a folder nor",
            id="no encoder",
        ),
    ],
)
def test_what_is_wrong_is_one_line(small: Path, words: list[str], reason: str) -> None:
    with pytest.raises(CliError) as refused:
        assort(*(word.format(small=small) for word in words))
    assert reason in refused.value.words
    assert "\n" not in refused.value.words
