"""Graphs of deals out of files, and as JSON lines."""

import json
from codecs import BOM_UTF8
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.ranking import GraphNode
from ranking.graph.meaning import FROM_PLATFORM, IDS, NAME, REGIONS, SECTORS, SNIPPET, TO_PLATFORMS
from ranking.graph.reading import LARGEST_MEBIBYTES, lines, read_folder, read_lines
from tests.docs.pages import page
from tests.ranking.graphs import event, folder_of, platform

GUIDE = page("docs/howto/make-ranking-data-of-a-graph.md")
P1 = {"id": "P1", "name": "Quillmarsh"}
A1 = {"id": "A1", "name": "Velmholt", "platform": "P1"}
A1_CSV = "id,name,parent\nA1,Velmholt,P1"


def read(folder: Path, **files: Any) -> tuple[GraphNode, ...]:
    """`platforms_json` is the file platforms.json."""
    named = {".".join(name.rsplit("_", 1)): content for name, content in files.items()}
    return read_folder(folder_of(folder, named))


def test_the_example_of_the_guide_is_read(tmp_path: Path) -> None:
    nodes = read_folder(folder_of(tmp_path, {block.file: block.body for block in GUIDE.blocks if block.file}))

    assert [node.node_id for node in nodes] == ["A1", "A2", "E1", "P1", "P2"]
    assert nodes[1] == GraphNode(
        node_id="A2",
        kind="add_on",
        name="Emberwick Claims Software",
        sectors=("Healthcare", "Software"),
        regions=("Germany",),
        snippet="Checks claims of dentists.",
        attributes=("founded: 2011",),
        links=("P1", "P2"),
    )
    assert (nodes[2].kind, nodes[2].attributes, nodes[2].links) == ("event", ("type: refinancing",), ("P2",))
    assert nodes[3].attributes == ("employees: 420",)


def test_the_guide_names_every_name_of_a_field() -> None:
    every = {*NAME, *SECTORS, *REGIONS, *SNIPPET, *TO_PLATFORMS, *FROM_PLATFORM}.union(*IDS.values())

    assert every - set(GUIDE.spans) == set()
    assert f"{LARGEST_MEBIBYTES} MiB" in GUIDE.text


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"platforms.json": [P1], "add_ons.json": [A1]}, id="a file for each kind"),
        pytest.param({"Add-Ons.JSON": [A1], "platform.json": [P1]}, id="file names spelled otherwise"),
        pytest.param({"deals.json": {"platforms": [P1], "addOns": [A1]}}, id="an object of arrays"),
        pytest.param({"a.json": [{**P1, "kind": "Platform"}, {**A1, "Type": "Add-on"}]}, id="kinds of nodes"),
        pytest.param({"platforms.csv": "id,name\nP1,Quillmarsh\n", "addons.json": [A1]}, id="csv and json"),
        pytest.param(
            {"a.csv": "Kind;Platform ID;ID;Name\nplatform;;P1;Quillmarsh\n\nadd-on;P1;A1;Velmholt\n"},
            id="one table",
        ),
        pytest.param(
            {"platforms.json": [{**P1, "add_ons": ["A1"]}], "addons.json": [{**A1, "platform": None}]},
            id="linked by its platform",
        ),
        pytest.param(
            {"platforms.json": [P1], "more.json": {"platforms": [P1], "addons": [A1]}}, id="the same twice"
        ),
        pytest.param(
            {"platforms.json": BOM_UTF8 + json.dumps([P1]).encode(), "addons.csv": f"\ufeff{A1_CSV}"},
            id="byte order marks",
        ),
        pytest.param(
            {"platforms.json": [P1], "addons.json": [A1], "notes.txt": "x", ".x.json": "x"}, id="other files"
        ),
    ],
)
def test_one_graph_can_be_written_in_many_ways(tmp_path: Path, files: Mapping[str, Any]) -> None:
    nodes = read_folder(folder_of(tmp_path, files))

    assert nodes == (
        GraphNode(node_id="A1", kind="add_on", name="Velmholt", links=("P1",)),
        GraphNode(node_id="P1", kind="platform", name="Quillmarsh"),
    )


@pytest.mark.parametrize(
    ("field", "names"),
    [
        pytest.param("sectors", SECTORS, id="sectors"),
        pytest.param("regions", REGIONS, id="regions"),
        pytest.param("snippet", SNIPPET, id="snippet"),
        pytest.param("name", NAME, id="name"),
        pytest.param("node_id", IDS["platform"], id="node_id"),
    ],
)
def test_a_field_is_found_under_each_of_its_names(tmp_path: Path, field: str, names: tuple[str, ...]) -> None:
    for name in names:
        plain = {"node_id": "P1", "name": "Quillmarsh", "snippet": "Dental", "regions": "EU"} | {field: "X"}
        spelled = {name.replace("_", " ").title() if key == field else key: plain[key] for key in plain}
        assert read(tmp_path, platforms_json=[spelled]) == read(tmp_path, platforms_json=[plain])


def test_csv_and_json_say_the_same(tmp_path: Path) -> None:
    table = (
        "id,name,sector,verticals,region,text,links,Revenue (EUR m),listed,phone\n"
        '7," Velm, holt ",Health; Software,Dental|Health,EU;,"He said ""no""\nand went.",,12.5,true,\n'
    )
    value = {
        "id": 7,
        "name": "Velm, holt",
        "sector": ["Health", "Software"],
        "verticals": ["Dental", "Health"],
        "region": "EU",
        "text": 'He said "no"\nand went.',
        "links": [],
        "Revenue (EUR m)": 12.5,
        "listed": True,
        "phone": None,
    }
    [node] = read(tmp_path, addons_json=[value])
    (tmp_path / "addons.json").unlink()

    assert read(tmp_path, addons_csv=table) == (node,)
    assert node.sectors == ("Dental", "Health", "Software")
    assert node.attributes == ("Revenue (EUR m): 12.5", "listed: true")


def test_texts_of_json_are_not_parted(tmp_path: Path) -> None:
    [node] = read(tmp_path, platforms_json=[{**P1, "sector": "Bed | Breakfast", "tags": ["a;b", "c"]}])

    assert node.sectors == ("Bed | Breakfast",)
    assert node.attributes == ("tags: a;b", "tags: c")


def test_a_second_name_for_what_is_read_already_is_an_attribute(tmp_path: Path) -> None:
    [node] = read(
        tmp_path, platforms_json=[{**P1, "deal_id": "D9", "title": "Best", "parent": "Halden", "hq": "Ulm"}]
    )

    assert (node.node_id, node.regions, node.links) == ("P1", ("Ulm",), ())
    assert node.attributes == ("deal_id: D9", "parent: Halden", "title: Best")


def test_an_empty_better_name_does_not_count(tmp_path: Path) -> None:
    [node] = read(tmp_path, platforms_csv="node_id,id,name,title\n,P1,,Quillmarsh\n")

    assert (node.node_id, node.name, node.attributes) == ("P1", "Quillmarsh", ())


def test_the_order_of_nodes_does_not_matter(tmp_path: Path) -> None:
    nodes = [{"id": str(number), "name": "x", "kind": "event"} for number in range(12)]

    assert read(tmp_path, a_json=nodes) == read(tmp_path, a_json=nodes[::-1])


NAMES = st.text(min_size=1, max_size=8).filter(lambda text: "\0" not in text)


@given(st.dictionaries(NAMES, st.lists(st.sampled_from(["P1", "P2"]), unique=True), max_size=6), st.randoms())
def test_a_graph_survives_its_lines(links: dict[str, list[str]], random: Any) -> None:
    links = {node_id: some for node_id, some in links.items() if node_id not in {"P1", "P2"}}
    nodes = [platform("P1"), platform("P2")]
    nodes += [event(node_id, *sorted(some), snippet=node_id) for node_id, some in links.items()]
    random.shuffle(nodes)

    assert read_lines(lines(nodes)) == tuple(sorted(nodes, key=lambda node: node.node_id))
