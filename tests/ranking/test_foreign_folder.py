"""Folders that others wrote: other spellings work unchanged, and what is wrong is named with its place."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts import InvalidEvent
from ranking.training import folder, making
from ranking.training.evaluating import evaluated
from ranking.training.features import FEATURES
from tests.ranking.benchmarks import Hashing, lines, qrels, write

DOCUMENTS: list[dict[str, Any]] = [
    {"_id": "a", "text": "red fox"},
    {"_id": "b", "title": "Sea", "text": "blue whale"},
]
QUERIES: list[dict[str, Any]] = [
    {"_id": "1", "text": "fox", "metadata": {"any": "thing"}},
    {"_id": "2", "text": "whale"},
]


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    lines(tmp_path / "corpus.jsonl", DOCUMENTS)
    lines(tmp_path / "queries.jsonl", QUERIES)
    qrels(tmp_path, "test", [("1", "a", 2), ("1", "b", 0), ("2", "b", 1)])
    return tmp_path


def test_judgements_as_trec_writes_them_say_the_same(tmp_path: Path) -> None:
    ours, trec = folder.read(write(tmp_path / "ours")), folder.read(write(tmp_path / "trec", trec=True))

    assert ours.splits == trec.splits
    assert (
        evaluated(ours, "test", Hashing(), None).results == evaluated(trec, "test", Hashing(), None).results
    )


def test_a_ranker_is_trained_and_measured_on_a_foreign_folder_without_attributes(tmp_path: Path) -> None:
    benchmark = folder.read(write(tmp_path / "foreign", trec=True, metadata=False))

    made = making.make(benchmark, Hashing(), tmp_path / "ranker")

    assert [one.split for one in made.evaluations] == ["dev", "test"]
    known = [name for name in FEATURES if name.startswith(("sector", "region", "attribute"))]
    assert [made.ranker.gains[name] for name in known] == [0] * 6


def test_a_file_of_trec_may_end_in_qrels_and_know_spam(foreign: Path) -> None:
    (foreign / "qrels" / "test.tsv").unlink()
    (foreign / "qrels" / "trec8.qrels").write_text("1 0 a 2\n1 0 b -2\n2\t0\tb\t1\n")

    [first, second] = folder.read(foreign).split("trec8").queries

    assert (first.rows, first.grades) == ((0, 1), (2, 0))
    assert (second.rows, second.grades) == ((1,), (1,))


def test_a_header_may_be_missing_lines_may_end_in_two_signs_and_ids_may_be_numbers(foreign: Path) -> None:
    lines(foreign / "queries.jsonl", [{"_id": 1, "text": "fox"}])
    (foreign / "qrels" / "test.tsv").write_bytes(b"1\ta\t2\r\n\r\n1\tb\t0\r\n")

    [query] = folder.read(foreign).split("test").queries

    assert (query.query_id, query.grades) == ("1", (2, 0))


def test_foreign_metadata_of_another_shape_is_no_attribute(foreign: Path) -> None:
    strange = [{"sectors": "Sports"}, {"sectors": [1, "News"], "regions": None}, "words", None]
    lines(
        foreign / "corpus.jsonl",
        [{"_id": f"{place}", "text": "fox", "metadata": one} for place, one in enumerate(strange)],
    )

    assert [document.sectors for document in folder.read(foreign).documents] == [(), ("News",), (), ()]


def test_judgements_of_what_is_not_there_are_counted(foreign: Path) -> None:
    qrels(foreign, "test", [("1", "a", 2), ("1", "gone", 1), ("lost", "b", 1)])

    split = folder.read(foreign).split("test")

    assert (len(split.queries), split.unknown) == (1, 2)


def test_a_pair_that_was_judged_twice_has_the_higher_grade(foreign: Path) -> None:
    qrels(foreign, "test", [("1", "a", 0), ("1", "a", 3), ("1", "a", 1)])

    [query] = folder.read(foreign).split("test").queries

    assert (query.rows, query.grades) == ((0,), (3,))


def test_text_may_hold_separators_that_end_no_line(foreign: Path) -> None:
    (foreign / "corpus.jsonl").write_text('\ufeff{"_id": "a", "text": "red\u2028fox"}\n', "utf-8")

    [document] = folder.read(foreign).documents

    assert document.text == "red\u2028fox"


Break = Callable[[Path], object]


@pytest.mark.parametrize(
    ("breaking", "words"),
    [
        pytest.param(lambda it: (it / "corpus.jsonl").unlink(), "has no corpus.jsonl", id="no corpus"),
        pytest.param(lambda it: (it / "queries.jsonl").unlink(), "has no queries.jsonl", id="no queries"),
        pytest.param(lambda it: (it / "qrels/test.tsv").unlink(), "qrels is missing or empty", id="no qrels"),
        pytest.param(
            lambda it: (it / "qrels/test.txt").write_text("1 0 a 1\n"),
            "has test.tsv and test.txt: keep one",
            id="a split twice",
        ),
        pytest.param(
            lambda it: (it / "corpus.jsonl").write_text("\n"), "holds no document", id="empty corpus"
        ),
        pytest.param(
            lambda it: (it / "corpus.jsonl").write_text('{"_id": "a", "text": "x"}\n{"_id": '),
            "corpus.jsonl, line 2: it is not JSON",
            id="no JSON",
        ),
        pytest.param(
            lambda it: (it / "corpus.jsonl").write_bytes(b'\n{"_id": "\xff"}'),
            "corpus.jsonl, line 2: it is not UTF-8",
            id="no UTF-8",
        ),
        pytest.param(
            lambda it: (it / "corpus.jsonl").write_text("[1]"), "line 1: it is no JSON object", id="no object"
        ),
        pytest.param(
            lambda it: lines(it / "corpus.jsonl", [*DOCUMENTS, DOCUMENTS[0]]),
            "corpus.jsonl, line 3: `_id` a stands in an earlier line",
            id="an id twice",
        ),
        pytest.param(
            lambda it: lines(it / "queries.jsonl", [{"text": "fox"}]),
            "queries.jsonl, line 1: `_id` is missing or no text",
            id="no id",
        ),
        pytest.param(
            lambda it: lines(it / "queries.jsonl", [{"_id": "1"}]),
            "queries.jsonl, line 1: `text` is missing or no text",
            id="no text",
        ),
        pytest.param(
            lambda it: (it / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\n1\ta\n"),
            "test.tsv, line 2: query, document and grade, divided by tabs",
            id="two fields",
        ),
        pytest.param(
            lambda it: (it / "qrels/test.tsv").write_text("1\ta\t1\n1\tb\thigh\n"),
            "test.tsv, line 2: a grade is a whole number up to 30, not 'high'",
            id="a grade in words",
        ),
        pytest.param(
            lambda it: (it / "qrels/dev.txt").write_text("1 0 a 31\n"),
            "dev.txt, line 1: a grade is a whole number up to 30, not '31'",
            id="a grade too high",
        ),
        pytest.param(
            lambda it: (it / "qrels/dev.txt").write_text("1 a 1\n"),
            "dev.txt, line 1: `query 0 document grade` is expected",
            id="no TREC",
        ),
    ],
)
def test_a_folder_that_is_wrong_is_refused_with_the_place(foreign: Path, breaking: Break, words: str) -> None:
    breaking(foreign)

    with pytest.raises(InvalidEvent, match=re.escape(words)) as refused:
        folder.read(foreign)
    assert refused.value.code == "beir_folder"


@pytest.mark.parametrize(
    ("judged", "split", "words"),
    [
        pytest.param([("1", "a", 1)], "train", "has no split train; there: dev, test", id="no such split"),
        pytest.param([("9", "a", 1)], "test", "no judged query in test: 1 judgements name", id="none known"),
        pytest.param(
            [("1", "a", 0)], "test", "in test has a relevant document: nothing to find", id="none relevant"
        ),
    ],
)
def test_a_split_without_anything_to_find_is_refused(
    foreign: Path, judged: list[tuple[str, str, int]], split: str, words: str
) -> None:
    qrels(foreign, "test", judged)
    qrels(foreign, "dev", [("2", "b", 1)])

    with pytest.raises(InvalidEvent, match=words):
        folder.read(foreign).split(split)
