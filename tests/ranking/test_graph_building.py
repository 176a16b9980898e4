"""Collections out of graphs of deals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import InvalidEvent
from contracts.ranking import GraphNode
from ranking.candidate import Candidate, Collection, MiniCluster
from ranking.graph.building import collection, text_of
from tests.ranking.graphs import add_on, event, platform

GRAPH = (
    platform("P1"),
    platform("P2"),
    platform("P3"),
    add_on("A1", "P1"),
    add_on("A2", "P1", "P2"),
    add_on("A9"),
    event("E1", "P2"),
    event("E3", "P3"),
)


def built(*nodes: GraphNode) -> Collection:
    """The vector of a node is made of its id."""
    rows = [[ord(sign) for sign in node.node_id] for node in nodes]
    return collection(nodes, np.array(rows, np.float32), "hash")


def test_a_platform_with_what_is_linked_to_it_is_a_cluster() -> None:
    assert built(*GRAPH).by_id["P3"] == MiniCluster("P3", "Platform P3", "P3", ("E3", "P3"))


def test_around_a_cluster_is_what_belongs_to_platforms_that_share_something_with_it() -> None:
    clusters = built(*GRAPH).by_id

    assert (clusters["P1"].core, clusters["P1"].around) == (("A1", "A2", "P1"), ("E1", "P2"))
    assert (clusters["P2"].core, clusters["P2"].around) == (("A2", "E1", "P2"), ("A1", "P1"))


def test_what_has_several_platforms_is_at_home_with_the_first() -> None:
    assert built(*GRAPH).homes == {
        "P1": "P1",
        "P2": "P2",
        "P3": "P3",
        "A1": "P1",
        "A2": "P1",
        "E1": "P2",
        "E3": "P3",
    }


def test_what_has_no_platform_is_in_no_cluster_and_can_be_found() -> None:
    made = built(*GRAPH)

    assert made.of("A9").name == "Add-on A9"
    assert not any("A9" in cluster.members for cluster in made.clusters)


def test_it_does_not_matter_which_side_says_a_link() -> None:
    turned = (platform("P1", "A1", "A2"), platform("P2", "E1", "A2"), *GRAPH[2:3], add_on("A1"), add_on("A2"))

    made = built(*turned, *GRAPH[5:6], event("E1"), *GRAPH[7:])

    assert (made.clusters, made.homes) == (built(*GRAPH).clusters, built(*GRAPH).homes)


@given(st.permutations(GRAPH))
def test_the_order_of_nodes_does_not_matter(nodes: list[GraphNode]) -> None:
    straight, shuffled = built(*GRAPH), built(*nodes)

    assert (straight.candidates, straight.clusters) == (shuffled.candidates, shuffled.clusters)
    assert straight.homes == shuffled.homes
    assert np.array_equal(straight.vectors, shuffled.vectors)


def test_candidates_are_sorted_and_keep_their_vectors() -> None:
    made = built(*GRAPH)

    assert [one.candidate_id for one in made.candidates] == ["A1", "A2", "A9", "E1", "E3", "P1", "P2", "P3"]
    assert made.vectors.dtype == np.float32
    assert made.vectors[made.rows["E3"]].tolist() == [ord("E"), ord("3")]


def test_a_candidate_says_what_its_node_says() -> None:
    node = event("E1", sectors="Energy", regions="EU", attributes="year: 2020", snippet="Borrows.")

    assert built(node).of("E1") == Candidate(
        candidate_id="E1",
        name="Event E1",
        text="Event E1. event. Energy. EU. Borrows. year: 2020",
        sectors=("Energy",),
        regions=("EU",),
        attributes=("kind: event", "year: 2020"),
        snippet="Borrows.",
    )


def test_a_text_tells_nothing_of_links() -> None:
    assert text_of(add_on("A1", "P1")) == text_of(add_on("A1")) == "Add-on A1. add-on acquisition"


def test_links_to_nodes_that_are_not_given_are_left_out() -> None:
    made = built(platform("P1"), add_on("A1", "P1", "P0"))

    assert made.by_id["P1"].core == ("A1", "P1")
    assert made.homes == {"P1": "P1", "A1": "P1"}


def test_no_nodes_make_an_empty_collection() -> None:
    made = collection((), np.zeros((0, 3), np.float32), "hash")

    assert (made.candidates, made.clusters, made.vectors.shape) == ((), (), (0, 3))


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        pytest.param((platform("P1"), platform("P2", "P1")), "can be linked to an add-on", id="platforms"),
        pytest.param(
            (add_on("A1"), event("E1", "A1")), "can be linked to a platform alone", id="no platform"
        ),
        pytest.param((platform("P1"), add_on("P1")), "'P1' stands at node 'P1' too", id="one id"),
    ],
)
def test_nodes_that_are_no_graph_are_refused(nodes: tuple[GraphNode, ...], words: str) -> None:
    with pytest.raises(InvalidEvent, match=words):
        built(*nodes)


def test_each_node_needs_a_vector() -> None:
    with pytest.raises(InvalidEvent, match="8 nodes, 1 vectors"):
        collection(GRAPH, np.zeros((1, 3), np.float32), "hash")
