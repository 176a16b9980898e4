"""Records go to a file and come back; what is wrong with a file is said; no file is ever half written."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from contracts import InvalidEvent
from ranking.files import (
    OutputExists,
    query_id,
    read_records,
    refuse_early,
    rendered,
    sidecar_path,
    write_dataset,
)
from ranking.record import Record
from ranking.sidecar import Sidecar, data_file
from tests.docs.pages import page
from tests.ranking.labelled import TEXTS, record, records, report, three_splits

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
FOREIGN = {"query": "cars", "candidate_id": "a", "label": 1, "cluster_id": "c", "metadata": {}}


def written(output: Path, some: list[Record] | None = None, *, overwrite: bool = True) -> Path:
    return write_dataset(output, some or three_splits(), report(), at=AT, overwrite=overwrite)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_record_has_the_documented_form() -> None:
    [first] = json.loads(rendered([record(grade=2)]))

    assert first == {
        "query": "sports on connected tv",
        "candidate_id": "platform-1",
        "label": 1,
        "cluster_id": "cluster-1",
        "metadata": {
            "grade": 2,
            "made_by": "model",
            "prompt": "key of the prompt",
            "query_id": query_id("cluster-1", "sports on connected tv"),
            "reason": "same_sector",
            "split": "train",
        },
    }


def test_names_are_sorted_lines_indented_and_characters_left_as_they_are() -> None:
    body = rendered([record("Füße für 日本")]).decode()

    assert body.startswith('[\n  {\n    "candidate_id": "platform-1",\n    "cluster_id"')
    assert body.endswith("  }\n]\n")
    assert "Füße für 日本" in body


@given(records())
def test_what_was_written_is_read_back_in_its_order_and_written_alike(some: list[Record]) -> None:
    body = rendered(some)

    assert read_records(body, "data.json") == tuple(some)
    assert rendered(read_records(body, "data.json")) == body


@given(TEXTS, TEXTS, TEXTS)
def test_a_query_is_named_by_its_cluster_and_its_text(cluster_id: str, query: str, more: str) -> None:
    name = query_id(cluster_id, query)

    assert re.fullmatch("q_[0-9a-f]{16}", name)
    assert name == query_id(cluster_id, query)
    assert len({name, query_id(cluster_id, query + more), query_id(cluster_id + more, query)}) == 3


def test_the_id_of_a_query_never_changes() -> None:
    assert query_id("cluster", "cars") == "q_786626300bf35e1a"


@pytest.mark.parametrize(
    ("label", "grade", "reason"),
    [pytest.param(1, 2, "same_cluster", id="positive"), pytest.param(0, 0, "other", id="negative")],
)
def test_a_file_of_another_tool_is_read_by_its_labels(label: int, grade: int, reason: str) -> None:
    body = json.dumps([FOREIGN | {"label": label, "metadata": {"their": ["own"]}}]).encode()

    [read] = read_records(body, "theirs.json")

    assert (read.grade, read.reason, read.split, read.made_by, read.prompt) == (
        grade,
        reason,
        "train",
        "model",
        "",
    )


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in FOREIGN.items() if key != name}


@pytest.mark.parametrize(
    ("second", "words"),
    [
        *(pytest.param(without(name), f"{name}: Field required", id=f"no {name}") for name in FOREIGN),
        pytest.param("cars", "is not an object", id="no object"),
        pytest.param(FOREIGN | {"label": 2}, "label: Input should be 0 or 1", id="label of 2"),
        pytest.param(FOREIGN | {"label": "1"}, "label: Input should be 0 or 1", id="label as a text"),
        pytest.param(FOREIGN | {"label": True}, "label: is true or false", id="label of true"),
        pytest.param(FOREIGN | {"query": ""}, "query: String should have at least 1", id="no words"),
        pytest.param(
            FOREIGN | {"candidate_id": 3}, "candidate_id: Input should be a valid", id="number as id"
        ),
        pytest.param(FOREIGN | {"lable": 1}, "lable: Extra inputs", id="misspelled field"),
        pytest.param(FOREIGN | {"metadata": []}, "metadata: Input should be", id="metadata as a list"),
        pytest.param(FOREIGN | {"metadata": {"grade": 4}}, "metadata.grade: Input", id="grade of 4"),
        pytest.param(FOREIGN | {"metadata": {"grade": True}}, "metadata.grade: is true", id="grade of true"),
        pytest.param(
            FOREIGN | {"metadata": {"grade": 1}}, "label 1 contradicts metadata.grade 1", id="grade too low"
        ),
        pytest.param(
            FOREIGN | {"label": 0, "metadata": {"grade": 2}},
            "label 0 contradicts metadata.grade 2: label is 1 from grade 2 on",
            id="grade too high",
        ),
        pytest.param(FOREIGN | {"metadata": {"split": "valid"}}, "metadata.split: Input", id="split"),
        pytest.param(FOREIGN | {"metadata": {"reason": "luck"}}, "metadata.reason: Input", id="reason"),
        pytest.param(FOREIGN | {"metadata": {"made_by": "me"}}, "metadata.made_by: Input", id="maker"),
    ],
)
def test_what_is_wrong_with_a_record_is_said_with_its_number(second: object, words: str) -> None:
    with pytest.raises(InvalidEvent) as caught:
        read_records(json.dumps([FOREIGN, second]).encode(), "theirs.json")

    assert caught.value.code == "ranking_records"
    assert caught.value.words.startswith("theirs.json: record 2")
    assert words in caught.value.words


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(b"\xff\xfe", "not UTF-8", id="not UTF-8"),
        pytest.param(b"[{", "not JSON", id="cut off"),
        pytest.param(b"", "not JSON", id="empty"),
        pytest.param(b'[{"label": NaN}]', "NaN is not a JSON number", id="NaN"),
        pytest.param(b'[{"label": 1, "label": 0}]', "twice", id="a name twice"),
        pytest.param(b"{}", "not a JSON array", id="object"),
        pytest.param(b'{"query": 1}\n{"query": 2}', "not JSON", id="JSON lines"),
    ],
)
def test_what_is_no_array_of_records_is_refused_by_name(body: bytes, words: str) -> None:
    with pytest.raises(InvalidEvent, match=r"theirs\.json") as caught:
        read_records(body, "theirs.json")

    assert caught.value.code == "ranking_records"
    assert words in caught.value.words


def test_the_sidecar_lies_beside_the_data() -> None:
    assert sidecar_path(Path("x/ranking_training_data.json")) == Path("x/ranking_training_data.metadata.json")


def test_the_sidecar_says_how_the_data_came_to_be(tmp_path: Path) -> None:
    output = tmp_path / "deep" / "down" / "data.json"
    refuse_early(output, overwrite=False)

    assert written(output, [record(), record("cars", cluster_id="older")]) == output

    side = Sidecar.read(sidecar_path(output).read_bytes())
    assert side.data == data_file("data.json", output.read_bytes())
    assert side.created_at == AT
    assert (side.seed, side.source, side.settings.num_clusters) == (7, "graph", 2)
    assert (side.fallback_share, side.clusters_drawn) == (0.25, 1)
    assert side.queries_of_clusters == {"cluster-1": 1, "older": 1}
    assert {name: value for name, value in side if name in dict(report())} == dict(report())


def test_a_cluster_that_was_drawn_in_vain_is_in_the_sidecar() -> None:
    side = Sidecar.of(report(drawn=["b", "a"]), [], data_file("x", b""), AT)

    assert side.queries_of_clusters == {"a": 0, "b": 0}


def test_the_same_run_writes_the_same_data_and_a_sidecar_that_differs_by_its_time_alone(
    tmp_path: Path,
) -> None:
    written(tmp_path / "data.json")
    first = contents(tmp_path)

    later = AT.astimezone(timezone(timedelta(hours=2))) + timedelta(days=1)
    write_dataset(tmp_path / "data.json", three_splits(), report(), at=later, overwrite=True)

    second = contents(tmp_path)
    assert first["data.json"] == second["data.json"]
    [one, other] = (json.loads(files["data.metadata.json"]) for files in (first, second))
    assert one | {"created_at": None} == other | {"created_at": None}
    assert b"2026" not in first["data.json"]


def test_a_reader_sees_that_a_sidecar_is_of_another_file(tmp_path: Path) -> None:
    output = written(tmp_path / "data.json")
    side = Sidecar.read(sidecar_path(output).read_bytes())

    output.write_bytes(rendered([record()]))

    assert side.data != data_file(output.name, output.read_bytes())


@pytest.mark.parametrize("name", ["data.json", "data.metadata.json"])
def test_a_file_that_is_there_is_kept_on_demand(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"mine")

    with pytest.raises(
        OutputExists, match=f"{name} exists and --no-overwrite was given: nothing was changed"
    ):
        refuse_early(tmp_path / "data.json", overwrite=False)
    with pytest.raises(OutputExists, match="choose another --output, or leave --no-overwrite out"):
        written(tmp_path / "data.json", overwrite=False)

    assert contents(tmp_path) == {name: b"mine"}


def test_a_file_that_is_there_is_replaced_otherwise(tmp_path: Path) -> None:
    (tmp_path / "data.json").write_bytes(b"old")

    written(tmp_path / "data.json", [record()])

    assert contents(tmp_path)["data.json"] == rendered([record()])
    assert sorted(contents(tmp_path)) == ["data.json", "data.metadata.json"]


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        pytest.param(
            lambda folder: (folder / "x" / "data.json").mkdir(parents=True), "is a folder", id="folder"
        ),
        pytest.param(
            lambda folder: (folder / "x" / "data.metadata.json").mkdir(parents=True),
            "data.metadata.json is a folder",
            id="folder for the sidecar",
        ),
        pytest.param(lambda folder: (folder / "x").touch(), "x is a file, so", id="file for its folder"),
    ],
)
def test_what_stands_in_the_way_is_said_before_any_work(
    tmp_path: Path, prepare: Callable[[Path], object], words: str
) -> None:
    prepare(tmp_path)

    with pytest.raises(OutputExists, match=words):
        refuse_early(tmp_path / "x" / "data.json", overwrite=True)


@pytest.mark.parametrize(
    "unfit",
    [
        pytest.param(record("half a pair: \ud800"), id="query"),
        pytest.param(record(candidate_id="half a pair: \ud800"), id="candidate"),
        pytest.param(record(cluster_id="half a pair: \ud800"), id="cluster"),
        pytest.param(record("nothing: \0"), id="null character"),
        pytest.param(record(""), id="no words"),
    ],
)
def test_a_record_that_cannot_be_written_leaves_all_as_it_was(tmp_path: Path, unfit: Record) -> None:
    output = written(tmp_path / "data.json")
    before = contents(tmp_path)

    with pytest.raises(ValueError):
        written(output, [record(), unfit])

    assert contents(tmp_path) == before


def test_a_time_without_a_zone_leaves_all_as_it_was(tmp_path: Path) -> None:
    output = written(tmp_path / "data.json")
    before = contents(tmp_path)

    with pytest.raises(ValueError, match="timezone"):
        write_dataset(output, [record()], report(), at=AT.replace(tzinfo=None), overwrite=True)

    assert contents(tmp_path) == before


def test_a_sidecar_that_cannot_be_written_leaves_the_data_as_it_was(tmp_path: Path) -> None:
    # With its dots and its ending the data's name fits into 255 bytes, the sidecar's does not.
    output = tmp_path / f"{'x' * 230}.json"
    output.write_bytes(b"old")

    with pytest.raises(OSError, match="too long"):
        written(output)

    assert contents(tmp_path) == {output.name: b"old"}


def test_the_record_of_the_guide_is_one_of_ours() -> None:
    [block] = [one for one in page("docs/howto/make-ranking-data.md").blocks if one.language == "json"]
    array = f"[{block.body}]".encode()

    assert json.loads(rendered(read_records(array, "the guide"))) == json.loads(array)
