"""Files that are no graph: the words name the place, the field and what to do."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import InvalidEvent
from contracts.ranking import GraphNode
from ranking.graph import csv_files, json_files
from ranking.graph.meaning import node_of
from ranking.graph.reading import LARGEST_MEBIBYTES, MEBIBYTE, lines, read_folder, read_lines
from tests.ranking.graphs import add_on, folder_of, platform

P1 = {"id": "P1", "name": "Quillmarsh"}
A1 = {"id": "A1", "name": "Velmholt", "platform": "P1"}


@pytest.mark.parametrize(
    ("files", "words"),
    [
        pytest.param({"notes.txt": "x"}, "no file; bring platforms", id="no file"),
        pytest.param({"platforms.json": []}, "hold no node; bring platforms", id="no node"),
        pytest.param({"p.json": b"\xff"}, "p.json: not UTF-8; save it as UTF-8", id="not UTF-8"),
        pytest.param({"p.csv": "id\0,name\n"}, "p.csv: holds null characters", id="null characters"),
        pytest.param({"p.json": "[{]"}, "p.json: the value is not JSON: .*; write it as JSON", id="not JSON"),
        pytest.param({"p.json": '[{"id": 1, "id": 2}]'}, "p.json: names appear twice", id="a name twice"),
        pytest.param({"p.json": "7"}, "p.json: neither an array of nodes nor an object", id="a number"),
        pytest.param({"p.json": {"events": {}}}, "p.json, events: no array; write", id="no array"),
        pytest.param({"platforms.json": [P1, 7]}, "platforms.json, node 2: no object", id="no object"),
        pytest.param(
            {"p.json": {"platforms": [{**P1, "hq": {"city": "Ulm"}}]}},
            "p.json, platforms, node 1, hq: nested; write a text",
            id="nested",
        ),
        pytest.param({"p.csv": "\n"}, "p.csv, line 1: no header; the first line", id="no header"),
        pytest.param({"p.csv": "id,ID,name\n"}, "p.csv, line 1: columns have one name: ID, id", id="columns"),
        pytest.param(
            {"platforms.csv": "id,name\nP1,Quill\nP2\n"},
            "platforms.csv, line 3: 1 cells under a header of 2; give each column",
            id="too few cells",
        ),
        pytest.param(
            {"platforms.csv": "id,name\nP1,Quill,Ulm\n"}, "line 2: 3 cells under a header of 2", id="too many"
        ),
        pytest.param(
            {"platforms.csv": "id,,name\nP1,Ulm,Quill\n"},
            "platforms.csv, line 2: a cell stands in a column without a name; name it",
            id="a column without a name",
        ),
        pytest.param(
            {"platforms.csv": 'id,name\nP1,"Quill\n'}, "platforms.csv, line 2: not CSV .*; close", id="quote"
        ),
        pytest.param({"platforms.csv": "id,name\n,Quill\n"}, "line 2, node_id: missing", id="no id"),
        pytest.param({"events.json": [{"id": "E1", "name": " "}]}, "node 1, name: missing", id="no name"),
        pytest.param(
            {"platforms.json": [{**P1, "name": ["a", "b"]}]}, "node 1, name: several values", id="two names"
        ),
        pytest.param({"deals.json": [P1]}, "deals.json, node 1, kind: missing; write", id="no kind"),
        pytest.param(
            {"deals.csv": "id,name,type\nX,Y,exit\n"},
            "deals.csv, line 2, type: 'exit' is no kind; write platform, add_on or event",
            id="an unknown kind",
        ),
        pytest.param(
            {"platforms.json": [{**P1, "kind": "event"}]},
            "platforms.json, node 1, kind: event stands among platforms; move it",
            id="a kind among others",
        ),
        pytest.param(
            {"platforms.json": [P1, {**P1, "hq": "Ulm"}]},
            "node 2, node_id: 'P1' stands at platforms.json, node 1 too and says something else there; give",
            id="one id with two contents",
        ),
        pytest.param(
            {"add_ons.json": [A1]}, "add_ons.json, node 1, links: there is no node 'P1'; bring it", id="link"
        ),
        pytest.param(
            {
                "platforms.json": [P1],
                "addons.json": [A1],
                "events.json": [{**A1, "id": "E1", "parent": "A1"}],
            },
            "events.json, node 1, links: 'A1' is of the kind add_on; 'E1' can be linked to a platform alone",
            id="a link to no platform",
        ),
        pytest.param(
            {"platforms.json": [P1, {**P1, "id": "P2", "links": "P1"}]},
            "'P1' is of the kind platform; 'P2' can be linked to an add-on or an event alone",
            id="a link between platforms",
        ),
        pytest.param(
            {"platforms.json": [{**P1, "text": "x" * 4001}]}, "node 1, snippet: .*4000.*; correct", id="long"
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place_and_what_to_do(
    tmp_path: Path, files: Mapping[str, Any], words: str
) -> None:
    with pytest.raises(InvalidEvent, match=words) as refusal:
        read_folder(folder_of(tmp_path, files))

    assert refusal.value.code == "graph_folder"


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidEvent, match=re.escape(f"{tmp_path / 'away'}: no folder; name the one")):
        read_folder(tmp_path / "away")


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "platforms.json").open("wb") as file:
        file.truncate(LARGEST_MEBIBYTES * MEBIBYTE + 1)

    with pytest.raises(InvalidEvent, match=r"platforms\.json: larger than 64 MiB; divide it"):
        read_folder(tmp_path)


def test_lines_that_are_no_graph_are_refused() -> None:
    with pytest.raises(InvalidEvent, match=r"line 2: the value is not JSON.*; write each node as JSON"):
        read_lines(platform("P1").canonical() + b"\n{")
    with pytest.raises(InvalidEvent, match="line 1, links: there is no node 'P2'; bring it"):
        read_lines(lines([add_on("A1", "P2"), platform("P1")]))


@given(st.text() | st.text(alphabet=',;|"\n idname'))
def test_any_text_is_nodes_or_is_refused(text: str) -> None:
    for entries in (json_files.entries, csv_files.entries):
        with suppress(InvalidEvent):
            assert all(node_of(entry).kind == "event" for entry in entries("events", "events", text))


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
FIELDS = st.sampled_from(["id", "name", "kind", "type", "sector", "platform", "text", "tags"])


@given(st.lists(st.dictionaries(FIELDS, SCALARS | st.lists(SCALARS, max_size=2)), max_size=3))
def test_any_json_is_nodes_or_is_refused(value: list[dict[str, Any]]) -> None:
    with suppress(InvalidEvent):
        for entry in json_files.entries("any", "any", json.dumps(value)):
            assert GraphNode.read(node_of(entry).canonical()) == node_of(entry)
