"""Each format has its files, all are there or none is, and ids and features are what they should be."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import InvalidEvent
from ranking.files import query_id, read_records, rendered
from ranking.formats import FORMATS, Document, WordFeatures, document_id, write_all
from ranking.record import Record
from ranking.writing import OutputExists
from tests.ranking.labelled import (
    SPLITS,
    TEXTS,
    documents,
    judged,
    listed,
    record,
    records,
    three_splits,
    written,
)


@dataclass(frozen=True, slots=True)
class Constant:
    """Features for whom all documents are one; or who break on one of them."""

    names: tuple[str, ...] = ("one", "two")
    breaks_on: str | None = None

    def __call__(self, query: str, document: Document) -> tuple[float, ...]:
        if document.title == self.breaks_on:
            raise RuntimeError("no features")
        return (0.25, 1e-9)


def test_each_format_has_its_files(tmp_path: Path) -> None:
    names = listed(written(tmp_path, three_splits())).keys()

    assert {name.partition("/")[0] for name in names} == set(FORMATS)
    assert {name for name in names if "train" in name} == {
        "beir/qrels/train.tsv",
        "trec/qrels.train.txt",
        "msmarco/queries.train.tsv",
        "msmarco/qrels.train.tsv",
        "msmarco/triples.train.tsv",
        "letor/lightgbm/train.txt",
        "letor/lightgbm/train.txt.query",
        "letor/xgboost/train.txt",
    }


def test_only_the_formats_asked_for_are_written(tmp_path: Path) -> None:
    write_all(tmp_path, three_splits(), documents(three_splits()), formats=["trec", "json"])

    assert {name.partition("/")[0] for name in listed(tmp_path)} == {"trec", "json"}


@given(records())
def test_json_is_the_file_of_records(tmp_path_factory: pytest.TempPathFactory, some: list[Record]) -> None:
    folder = written(tmp_path_factory.mktemp("json"), some, formats=["json"])
    body = (folder / "json" / "records.json").read_bytes()

    assert body == rendered(some)
    assert read_records(body, "records.json") == tuple(some)


@given(records())
def test_each_line_of_jsonl_is_a_record(tmp_path_factory: pytest.TempPathFactory, some: list[Record]) -> None:
    folder = written(tmp_path_factory.mktemp("jsonl"), some, formats=["jsonl"])

    with (folder / "jsonl" / "records.jsonl").open(encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]

    assert lines == json.loads(rendered(some))


def test_features_may_be_those_of_the_caller(tmp_path: Path) -> None:
    write_all(tmp_path, judged("cars", 3), documents(judged("cars", 3)), Constant())

    files = listed(tmp_path / "letor")
    assert files["features.txt"] == b"one\ntwo\n"
    assert files["lightgbm/train.txt"] == b"3 0:0.25 1:1e-09\n"
    name = query_id("cluster of cars", "cars").encode()
    assert files["xgboost/train.txt"] == b"3 qid:1 1:0.25 2:1e-09 # platform-1 " + name + b"\n"


@pytest.mark.parametrize(
    ("query", "values"),
    [
        pytest.param("Sports TV", (0.5, 1.0, 2 / 3, 2, 3), id="some words"),
        pytest.param("?!", (0.0, 0.0, 0.0, 0, 3), id="no words"),
    ],
)
def test_features_count_words(query: str, values: tuple[float, ...]) -> None:
    features = WordFeatures()(query, Document("sports", "live sports tv", {}))

    assert features == pytest.approx(values)
    assert len(features) == len(WordFeatures().names)


@given(TEXTS, TEXTS)
def test_an_id_is_one_word_and_stays_its_own(one: str, other: str) -> None:
    name = document_id(one)

    assert name.split() == [name]
    assert '"' not in name
    assert unquote(name) == one
    assert (name == document_id(other)) == (one == other)


def test_an_id_without_blanks_stays_as_it_is() -> None:
    assert document_id("Plattform-Süd/1:a#b") == "Plattform-Süd/1:a#b"
    assert document_id("50 %") == "50%20%25"


@settings(max_examples=10)  # of all formats
@given(st.permutations(three_splits()))
def test_the_order_of_records_matters_only_where_it_is_kept(
    tmp_path_factory: pytest.TempPathFactory, shuffled: list[Record]
) -> None:
    one = written(tmp_path_factory.mktemp("one"), three_splits())
    other = written(tmp_path_factory.mktemp("other"), shuffled)

    assert sorted_out(listed(one)) == sorted_out(listed(other))


def sorted_out(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name: body for name, body in files.items() if not name.startswith("json")}


def test_of_two_judgements_the_higher_counts_in_any_order(tmp_path: Path) -> None:
    twice = [record(grade=0), record(grade=2), record(grade=1)]

    one, other = written(tmp_path / "a", twice), written(tmp_path / "b", twice[::-1])

    assert (one / "trec" / "qrels.train.txt").read_bytes().endswith(b" platform-1 2\n")
    assert sorted_out(listed(one)) == sorted_out(listed(other))


def test_splits_that_are_gone_take_their_files_along(tmp_path: Path) -> None:
    written(tmp_path, three_splits())
    (tmp_path / "beir" / "mine.txt").write_bytes(b"mine")

    written(tmp_path, judged("cars", 3, 0))

    names = listed(tmp_path).keys()
    assert not [name for name in names if "dev" in name or "test" in name]
    assert "beir/mine.txt" in names


def test_no_records_have_no_splits(tmp_path: Path) -> None:
    files = listed(written(tmp_path, [], {"a": Document("t", "x", {})}))

    assert files["json/records.json"] == b"[]\n"
    assert not [name for name in files if any(split in name for split in SPLITS)]


def test_a_candidate_without_a_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidEvent, match=r"no text .1 of them, 'stranger' the first") as caught:
        written(tmp_path, [record(), record(candidate_id="stranger")], documents([record()]))

    assert caught.value.code == "ranking_documents"
    assert listed(tmp_path) == {}


def broken_features(folder: Path) -> None:
    some = judged("cars", 3, 2, 0)
    write_all(folder, some, documents(some), Constant(breaks_on="title of platform-3"))


def broken_text(folder: Path) -> None:
    written(folder, [record()], {"platform-1": Document("", "half a pair: \ud800", {})})


def broken_metadata(folder: Path) -> None:
    written(folder, [record()], {"platform-1": Document("", "", {"no": object()})})


def broken_record(folder: Path) -> None:
    written(folder, [record(), record("")])


@pytest.mark.parametrize("write", [broken_features, broken_text, broken_metadata, broken_record])
def test_what_breaks_in_the_middle_leaves_all_as_it_was(
    tmp_path: Path, write: Callable[[Path], None]
) -> None:
    before = listed(written(tmp_path, three_splits()))

    with pytest.raises((ValueError, TypeError, RuntimeError)):
        write(tmp_path)

    assert listed(tmp_path) == before


def test_a_folder_in_place_of_a_file_leaves_all_as_it_was(tmp_path: Path) -> None:
    before = listed(written(tmp_path, three_splits()))
    (tmp_path / "trec" / "topics.tsv").unlink()
    (tmp_path / "trec" / "topics.tsv").mkdir()

    with pytest.raises(OutputExists, match=r"topics\.tsv is a folder"):
        written(tmp_path, judged("cars", 3, 0))

    assert listed(tmp_path) == {name: body for name, body in before.items() if name != "trec/topics.tsv"}
