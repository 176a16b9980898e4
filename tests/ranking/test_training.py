"""A ranker is trained on a small folder: the same bytes each time, better than what it is made of."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from contracts import InvalidEvent
from encoder import HashEncoder
from ranking.training import folder, making
from ranking.training.benchmark import Benchmark
from ranking.training.evaluating import BM25, ENCODER, RANKER, evaluated, told, verdicts
from ranking.training.features import FEATURES, features
from ranking.training.lambdarank import ROUNDS, train
from ranking.training.making import Made
from ranking.training.ranker import Ranker
from ranking.training.searching import Searcher, first
from tests.ranking.benchmarks import Hashing, lines, qrels, write

FILES = ("README.md", "model.txt", "ranker.json")
AGAIN = """
import sys
from pathlib import Path
from ranking.training import folder, making
from tests.ranking.benchmarks import Hashing
making.make(folder.read(Path(sys.argv[1])), Hashing(), Path(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("folders") / "small")


@pytest.fixture(scope="module")
def benchmark(small: Path) -> Benchmark:
    return folder.read(small)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rankers") / "ranker"


@pytest.fixture(scope="module")
def made(benchmark: Benchmark, place: Path) -> Made:
    return making.make(benchmark, Hashing(), place)


@pytest.fixture(scope="module")
def output(made: Made, place: Path) -> Path:
    """Where the ranker lies once it is made."""
    assert made.ranker.recipe.benchmark == "small"
    return place


@pytest.fixture(scope="module")
def searcher(benchmark: Benchmark) -> Searcher:
    return Searcher.of(benchmark, Hashing())


def test_another_process_that_hashes_otherwise_makes_the_same_bytes(
    small: Path, output: Path, tmp_path: Path
) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run(
        [sys.executable, "-c", AGAIN, str(small), str(tmp_path / "again")], env=environment, check=True
    )

    assert [(tmp_path / "again" / name).read_bytes() for name in FILES] == [
        (output / name).read_bytes() for name in FILES
    ]


def test_the_order_of_lines_changes_no_tree(small: Path, made: Made, tmp_path: Path) -> None:
    for name in ("corpus.jsonl", "queries.jsonl", "qrels/train.tsv", "qrels/dev.tsv"):
        header, *rest = (small / name).read_text().splitlines(keepends=True)
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("".join([header, *reversed(rest)]))

    assert train(folder.read(tmp_path), Hashing()).model == made.ranker.model


def test_a_ranker_that_knows_attributes_beats_words_and_vectors(made: Made) -> None:
    dev, test = made.evaluations

    assert (dev.split, test.split) == ("dev", "test")
    assert [one.over for one in test.differences] == [BM25, ENCODER]
    assert all(one.intervals[0].low > 0 for one in test.differences)
    assert [one.system for one in test.results] == [BM25, ENCODER, RANKER]


def test_a_loaded_ranker_measures_as_the_one_that_was_kept(
    benchmark: Benchmark, made: Made, output: Path
) -> None:
    loaded = Ranker.load(output)

    assert loaded.recipe == made.ranker.recipe
    assert evaluated(benchmark, "test", Hashing(), loaded) == made.evaluations[1]


def test_the_model_card_holds_what_was_measured_and_what_it_was_made_of(made: Made, output: Path) -> None:
    card = (output / "README.md").read_text()
    recipe = made.ranker.recipe

    for evaluation in made.evaluations:
        for result in evaluation.results:
            assert f"| {result.system} | {' | '.join(told(one) for one in result.intervals)} |" in card
        assert [words for words in verdicts(evaluation) if words not in card] == []
    for said in (*recipe.files.values(), *recipe.versions.values(), *FEATURES, recipe.encoder, "## Limits"):
        assert said in card
    assert sum(made.ranker.gains.values()) == pytest.approx(1)
    assert "| train | 24 | 24 | " in card


def test_another_seed_draws_other_examples(benchmark: Benchmark, made: Made) -> None:
    assert train(benchmark, Hashing(), seed=8).recipe.seed == 8
    assert made.ranker.recipe.seed == 7


def test_with_a_train_split_alone_nothing_is_measured(small: Path, tmp_path: Path) -> None:
    for name in ("corpus.jsonl", "queries.jsonl", "qrels/train.tsv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((small / name).read_bytes())

    made = making.make(folder.read(tmp_path), Hashing(), tmp_path / "ranker")

    assert made.ranker.recipe.rounds == ROUNDS
    assert made.evaluations == ()
    assert "neither a dev nor a test split" in (tmp_path / "ranker" / "README.md").read_text()


def test_without_a_ranker_only_what_it_has_to_beat_is_measured(benchmark: Benchmark, made: Made) -> None:
    found = evaluated(benchmark, "test", Hashing(), None)

    assert found.results == made.evaluations[1].results[:2]
    assert found.differences == ()


def test_queries_without_a_relevant_document_are_left_out_and_counted(tmp_path: Path) -> None:
    lines(tmp_path / "corpus.jsonl", [{"_id": "a", "text": "red fox"}, {"_id": "b", "text": "blue whale"}])
    lines(tmp_path / "queries.jsonl", [{"_id": "1", "text": "fox"}, {"_id": "2", "text": "dog"}])
    qrels(tmp_path, "test", [("1", "a", 1), ("2", "b", 0), ("3", "a", 1), ("1", "none", 2)])

    found = evaluated(folder.read(tmp_path), "test", Hashing(), None)

    assert (found.queries, found.skipped, found.unknown) == (1, 1, 2)
    assert [interval.mean for interval in found.results[0].intervals] == [1, 1, 1]


def test_every_feature_is_a_finite_number_and_shares_are_shares(searcher: Searcher) -> None:
    found = searcher.search(searcher.benchmark.split("test").queries)
    table = features(searcher, found)

    assert table.shape == (sum(len(one.rows) for one in found), len(FEATURES))
    assert np.isfinite(table).all()
    signed = ("bm25", "cosine", "cosine_below_best", "title_cosine")
    shares = table[:, [place for place, name in enumerate(FEATURES) if name not in signed]]
    assert shares.min() >= 0
    assert shares.max() <= 1


def test_features_say_what_a_query_and_a_document_share(tmp_path: Path) -> None:
    known = {"sectors": ["Sports News"], "regions": ["France"], "attributes": ["format: video"]}
    lines(
        tmp_path / "corpus.jsonl",
        [
            {"_id": "a", "title": "Football videos", "text": "All the football matches", "metadata": known},
            {"_id": "b", "text": "Cooking at home"},
        ],
    )
    lines(tmp_path / "queries.jsonl", [{"_id": "1", "text": "football matches in France"}])
    qrels(tmp_path, "test", [("1", "a", 1)])
    searcher = Searcher.of(folder.read(tmp_path), Hashing())

    table = features(searcher, searcher.search(searcher.benchmark.split("test").queries))
    first, second = (dict(zip(FEATURES, row.tolist(), strict=True)) for row in table)

    assert first["title_words"] == pytest.approx(1 / 3)  # football, of football, matches, France
    assert first["text_words"] == pytest.approx(2 / 3)
    assert first["title_covered"] == pytest.approx(1 / 2)
    assert first["text_phrases"] == pytest.approx(1 / 2)  # football matches, not matches France
    assert (first["region_words"], first["regions_covered"]) == (pytest.approx(1 / 3), 1)
    assert (first["sectors_covered"], first["attribute_words"]) == (0, 0)
    assert (first["bm25_of_best"], first["bm25_reciprocal_place"]) == (1, 1)
    assert (second["bm25"], second["bm25_reciprocal_place"], second["title_cosine"]) == (0, 0, 0)


def test_of_equal_scores_the_lower_row_comes_first() -> None:
    assert first(np.array([0.5, 1.0, 0.5, 1.0, 0.5]), 3).tolist() == [1, 3, 0]


def test_a_ranker_is_not_asked_about_vectors_of_another_encoder(benchmark: Benchmark, made: Made) -> None:
    with pytest.raises(
        InvalidEvent, match=f"trained with vectors of {HashEncoder.identity}, these are of other"
    ):
        evaluated(benchmark, "test", Hashing(name="other"), made.ranker)


def swap(path: Path, before: str, after: str) -> None:
    path.write_text(path.read_text().replace(before, after))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        pytest.param(lambda it: (it / "ranker.json").unlink(), "it has no ranker.json", id="no recipe"),
        pytest.param(lambda it: (it / "model.txt").unlink(), "it has no model.txt", id="no model"),
        pytest.param(
            lambda it: swap(it / "ranker.json", '"title_words"', '"words"'),
            "other features than this version has (title_words, words): train anew",
            id="other features",
        ),
        pytest.param(
            lambda it: swap(it / "ranker.json", '"seed"', '"sed"'),
            "of another version or damaged",
            id="other recipe",
        ),
        pytest.param(
            lambda it: swap(it / "model.txt", "tree", "bush"),
            "not the model that ranker.json",
            id="other model",
        ),
    ],
)
def test_what_is_no_ranker_of_this_version_is_refused(
    output: Path, tmp_path: Path, damage: Callable[[Path], object], words: str
) -> None:
    shutil.copytree(output, tmp_path / "ranker")
    damage(tmp_path / "ranker")

    with pytest.raises(InvalidEvent, match=re.escape(words)):
        Ranker.load(tmp_path / "ranker")


def test_a_ranker_replaces_a_ranker_and_nothing_else(made: Made, tmp_path: Path) -> None:
    place = tmp_path / "mine"
    place.mkdir()
    made.ranker.save(place, "first")
    made.ranker.save(place, "second")
    assert (place / "README.md").read_text() == "second"
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]

    with pytest.raises(InvalidEvent, match="holds something that is no ranker"):
        made.ranker.save(tmp_path, "third")
    with pytest.raises(InvalidEvent, match="is a file"):
        made.ranker.save(place / "README.md", "fourth")


def test_where_the_system_lacks_a_library_the_words_say_which_to_install(tmp_path: Path) -> None:
    (tmp_path / "lightgbm.py").write_text('raise OSError("libgomp.so.1: cannot open shared object file")\n')
    code = "from ranking.training.ranker import lightgbm; lightgbm()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}

    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )

    assert "WorkFailed: lightgbm: LightGBM does not load (libgomp.so.1" in done.stderr
    assert "install libgomp1 (apt-get install libgomp1)" in done.stderr
