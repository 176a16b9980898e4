"""What each ecosystem's own loader reads of a format is what was written."""

import csv
import importlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import unquote

import ir_measures
import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost
from beir.datasets.data_loader import GenericDataLoader
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.ranking import Split
from ranking.files import query_id, rendered
from ranking.formats import Document, WordFeatures, document_id
from ranking.record import Record
from tests.ranking.labelled import (
    AWKWARD,
    MOST_TEXTS,
    SPLITS,
    TEXTS,
    documents,
    judged,
    record,
    records,
    three_splits,
    written,
)

ANY_TEXT: Final = st.text(MOST_TEXTS, max_size=20)
BREAKS: Final = "\0\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"
beir_leaves_files_open = pytest.mark.filterwarnings(
    r"ignore:unclosed file .*/beir/:ResourceWarning"  # its loader opens files without closing them
)
xgboost_would_rather_read_arrays = pytest.mark.filterwarnings(
    r"ignore:.*Text file input has been deprecated:UserWarning"  # and still reads text
)


def of_split(some: Sequence[Record], split: Split) -> list[Record]:
    return [one for one in some if one.split == split]


def grades(
    some: Sequence[Record], split: Split, *, of: Literal["grade", "label"] = "grade"
) -> dict[tuple[str, str], int]:
    """By query and candidate; the higher of two."""
    found: dict[tuple[str, str], int] = {}
    for one in of_split(some, split):
        key = query_id(one.cluster_id, one.query), one.candidate_id
        found[key] = max(found.get(key, 0), getattr(one, of))
    return found


def spaced(text: str) -> str:
    return "".join(" " if sign in BREAKS else sign for sign in text)


def table(path: Path, columns: Sequence[str]) -> list[tuple[str, ...]]:
    """By the reader of most who read MS MARCO: no quotes, no missing values, all text."""
    frame = pd.read_csv(
        path, sep="\t", names=columns, dtype=str, quoting=csv.QUOTE_NONE, keep_default_na=False
    )
    return list(frame.itertuples(index=False, name=None))


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Hugging Face's loader, kept from the network and from the cache of whoever runs the tests."""
    for name in ("HF_DATASETS_OFFLINE", "HF_HUB_OFFLINE"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    datasets = importlib.import_module("datasets")

    def load(kind: str, path: Path, **options: Any) -> list[dict[str, Any]]:
        parts = datasets.load_dataset(
            kind, data_files={"train": str(path)}, cache_dir=str(tmp_path / "cache"), **options
        )
        return list(parts["train"])

    return load


def test_hugging_face_reads_jsonl(tmp_path: Path, loaded: Any) -> None:
    some = [*three_splits(), record(AWKWARD, AWKWARD)]
    folder = written(tmp_path / "out", some)

    assert loaded("json", folder / "jsonl" / "records.jsonl") == json.loads(rendered(some))


def test_hugging_face_reads_triples(tmp_path: Path, loaded: Any) -> None:
    some = [record(AWKWARD), record(AWKWARD, "platform-2", grade=0)]
    folder = written(tmp_path / "out", some, {one.candidate_id: Document("", AWKWARD, {}) for one in some})

    [triple] = loaded(
        "csv",
        folder / "msmarco" / "triples.train.tsv",
        sep="\t",
        column_names=["query", "positive", "negative"],
        quoting=csv.QUOTE_NONE,
    )

    assert triple == dict.fromkeys(["query", "positive", "negative"], spaced(AWKWARD))


@beir_leaves_files_open
@pytest.mark.parametrize("split", SPLITS)
def test_beir_reads_each_split(tmp_path: Path, split: Split) -> None:
    some = three_splits()
    texts = documents(some) | {"never judged": Document("alone", AWKWARD, {})}
    folder = written(tmp_path, some, texts)

    corpus, queries, qrels = GenericDataLoader(str(folder / "beir")).load(split=split)

    assert corpus == {
        document_id(name): {"title": one.title, "text": one.text} for name, one in texts.items()
    }
    assert queries == {query_id(one.cluster_id, one.query): one.query for one in of_split(some, split)}
    assert {(query, name): score for query, scores in qrels.items() for name, score in scores.items()} == {
        key: grade if grade > 1 else 0 for key, grade in grades(some, split).items()
    }


@beir_leaves_files_open
@settings(max_examples=30)  # it draws a bar for each
@given(TEXTS, TEXTS, ANY_TEXT, ANY_TEXT)
def test_beir_reads_any_text(
    tmp_path_factory: pytest.TempPathFactory, query: str, candidate_id: str, title: str, text: str
) -> None:
    one = record(query, candidate_id)
    folder = written(
        tmp_path_factory.mktemp("any"), [one], {candidate_id: Document(title, text, {"a": "\r"})}
    )

    corpus, queries, qrels = GenericDataLoader(str(folder / "beir")).load(split="train")

    name, key = document_id(candidate_id), query_id(one.cluster_id, query)
    assert corpus == {name: {"title": title, "text": text}}
    assert (queries, qrels) == ({key: query}, {key: {name: 3}})


def trec_qrels(path: Path) -> list[Any]:
    return list(ir_measures.read_trec_qrels(str(path)))  # type: ignore[no-untyped-call] # it says no types


@pytest.mark.parametrize("split", SPLITS)
def test_ir_measures_reads_all_grades(tmp_path: Path, split: Split) -> None:
    some = three_splits()
    folder = written(tmp_path, some)

    qrels = trec_qrels(folder / "trec" / f"qrels.{split}.txt")

    assert {(one.query_id, one.doc_id): one.relevance for one in qrels} == grades(some, split)
    assert len(qrels) == len(of_split(some, split))
    assert {one.iteration for one in qrels} == {"0"}


@given(records())
def test_ir_measures_reads_any_candidate(
    tmp_path_factory: pytest.TempPathFactory, some: list[Record]
) -> None:
    folder = written(tmp_path_factory.mktemp("trec"), some, formats=["trec"])

    for split in {one.split for one in some}:
        qrels = trec_qrels(folder / "trec" / f"qrels.{split}.txt")
        assert {(one.query_id, unquote(one.doc_id)): one.relevance for one in qrels} == grades(some, split)


@given(records())
def test_topics_hold_each_query_once_on_one_line(
    tmp_path_factory: pytest.TempPathFactory, some: list[Record]
) -> None:
    folder = written(tmp_path_factory.mktemp("topics"), some, formats=["trec"])

    lines = (folder / "trec" / "topics.tsv").read_text("utf-8").splitlines()

    topics = {query_id(one.cluster_id, one.query): spaced(one.query) for one in some}
    assert sorted(lines) == sorted(f"{name}\t{text}" for name, text in topics.items())


def test_pandas_reads_msmarco(tmp_path: Path) -> None:
    some = [*three_splits(), *judged(AWKWARD, 3, 0)]
    folder = (
        written(tmp_path, some, texts := documents(some) | {AWKWARD: Document("", AWKWARD, {})}) / "msmarco"
    )

    assert table(folder / "collection.tsv", ["pid", "text"]) == [
        (document_id(name), spaced(texts[name].text)) for name in sorted(texts)
    ]
    for split in SPLITS:
        asked = {(query_id(one.cluster_id, one.query), spaced(one.query)) for one in of_split(some, split)}
        labels = grades(some, split, of="label")
        assert table(folder / f"queries.{split}.tsv", ["qid", "text"]) == sorted(asked)
        assert table(folder / f"qrels.{split}.tsv", ["qid", "zero", "pid", "label"]) == [
            (query, "0", name, "1") for (query, name), label in sorted(labels.items()) if label
        ]


def test_triples_pair_every_positive_with_every_negative(tmp_path: Path) -> None:
    folder = written(tmp_path, [*judged("cars", 3, 2, 1, 0), *judged("travel", 2, 0)])

    triples = table(folder / "msmarco" / "triples.train.tsv", ["query", "positive", "negative"])

    assert sorted(triples) == [
        ("cars", f"text of platform-{positive}", f"text of platform-{negative}")
        for positive in (1, 2)
        for negative in (3, 4)
    ] + [("travel", "text of platform-1", "text of platform-2")]


@given(TEXTS, ANY_TEXT, ANY_TEXT)
def test_any_text_is_a_column_of_a_triple(
    tmp_path_factory: pytest.TempPathFactory, query: str, positive: str, negative: str
) -> None:
    some = judged(query, 3, 0)
    texts = {"platform-1": Document("", positive, {}), "platform-2": Document("", negative, {})}
    folder = written(tmp_path_factory.mktemp("triples"), some, texts, formats=["msmarco"])

    body = (folder / "msmarco" / "triples.train.tsv").read_text("utf-8")

    assert body.splitlines() == ["\t".join(spaced(text) for text in (query, positive, negative))]


@pytest.mark.parametrize("split", SPLITS)
def test_lightgbm_reads_rows_and_the_sizes_of_queries(tmp_path: Path, split: Split) -> None:
    some = three_splits()
    folder = written(tmp_path, some) / "letor"
    names = (folder / "features.txt").read_text("utf-8").split()

    rows = lightgbm.Dataset(
        str(folder / "lightgbm" / f"{split}.txt"), feature_name=names, params={"verbose": -1}
    ).construct()

    assert (rows.num_data(), rows.num_feature()) == (len(of_split(some, split)), len(WordFeatures().names))
    assert rows.feature_name == list(WordFeatures().names)
    assert np.asarray(rows.get_label()).tolist() == list(ordered(some, split).values())
    assert np.asarray(rows.get_group()).tolist() == sizes(some, split)


@xgboost_would_rather_read_arrays
@pytest.mark.parametrize("split", SPLITS)
def test_xgboost_reads_rows_and_queries(tmp_path: Path, split: Split) -> None:
    some = three_splits()
    texts = documents(some)
    folder = written(tmp_path, some, texts) / "letor"

    rows = xgboost.DMatrix(f"{folder}/xgboost/{split}.txt?format=libsvm&indexing_mode=1")

    asked = {query_id(one.cluster_id, one.query): one.query for one in some}
    values = [WordFeatures()(asked[query], texts[name]) for query, name in ordered(some, split)]
    ends = [sum(sizes(some, split)[:count]) for count in range(len(sizes(some, split)) + 1)]
    assert rows.get_data().toarray().tolist() == [pytest.approx(list(row), rel=1e-5) for row in values]
    assert np.asarray(rows.get_label()).tolist() == list(ordered(some, split).values())
    assert rows.get_uint_info("group_ptr").tolist() == ends


def ordered(some: Sequence[Record], split: Split) -> dict[tuple[str, str], int]:
    return dict(sorted(grades(some, split).items()))


def sizes(some: Sequence[Record], split: Split) -> list[int]:
    queries = [query for query, _ in ordered(some, split)]
    return [queries.count(query) for query in sorted(set(queries))]


@xgboost_would_rather_read_arrays
@settings(max_examples=30)
@given(TEXTS, TEXTS)
def test_rows_of_any_query_and_candidate_are_rows(
    tmp_path_factory: pytest.TempPathFactory, query: str, candidate_id: str
) -> None:
    some = [record(query, candidate_id), record(query, candidate_id + candidate_id, grade=0)]
    folder = written(tmp_path_factory.mktemp("rows"), some, formats=["letor"]) / "letor"

    rows = xgboost.DMatrix(f"{folder}/xgboost/train.txt?format=libsvm&indexing_mode=1")
    text = (folder / "xgboost" / "train.txt").read_text("utf-8")

    assert (rows.num_row(), rows.num_col()) == (2, len(WordFeatures().names))
    remarks = [line.partition(" # ")[2].split(" ") for line in text.splitlines()]
    assert [unquote(name) for name, _ in remarks] == [candidate_id, candidate_id + candidate_id]
    assert {query for _, query in remarks} == {query_id("cluster-1", query)}
