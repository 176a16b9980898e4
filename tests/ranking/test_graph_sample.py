"""The made-up graph of deals."""

from collections import Counter
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from contracts.ranking import GraphNode
from ranking.candidate import Collection
from ranking.graph.building import collection, text_of
from ranking.graph.reading import lines, read_folder, read_lines
from ranking.graph.sample import write_sample
from ranking.words import overlap, words

SAMPLE_SHA256 = "14ebfbaf0b797454d2c02037baa1a5ba8a9732c65fe2507674da8df7c411e9ab"


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> tuple[GraphNode, ...]:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder)
    return read_folder(folder)


@pytest.fixture(scope="module")
def sample(nodes: tuple[GraphNode, ...]) -> Collection:
    return collection(nodes, np.zeros((len(nodes), 2), np.float32), "none")


def test_the_sample_is_the_same_on_every_machine(nodes: tuple[GraphNode, ...]) -> None:
    assert sha256(lines(nodes)).hexdigest() == SAMPLE_SHA256
    assert read_lines(lines(nodes)) == nodes


def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("one", 7), ("same", 7), ("other", 8)):
        write_sample(tmp_path / name, platforms=9, seed=seed)

    one, same, other = (contents(tmp_path / name) for name in ("one", "same", "other"))
    assert one == same
    assert one != other
    assert set(one) == {"platforms.json", "add_ons.json", "events.csv"}


@pytest.mark.parametrize("platforms", [1, 2, 210])
def test_it_can_have_any_size(tmp_path: Path, platforms: int) -> None:
    write_sample(tmp_path, platforms=platforms)

    assert Counter(node.kind for node in read_folder(tmp_path))["platform"] == platforms


def test_every_cluster_has_company(sample: Collection) -> None:
    assert len(sample.clusters) == 60
    assert min(len(cluster.core) for cluster in sample.clusters) >= 4
    assert sum(bool(cluster.around) for cluster in sample.clusters) >= 10


def test_nodes_are_varied(nodes: tuple[GraphNode, ...]) -> None:
    platforms = [node for node in nodes if node.kind == "platform"]

    assert len({node.sectors for node in platforms}) == 8
    assert len({node.regions for node in platforms}) >= 10
    assert len({node.snippet for node in platforms}) == len(platforms)
    assert len({text_of(node) for node in nodes}) == len(nodes)


def test_some_names_are_near_each_other_and_no_texts_are_nearly_one(nodes: tuple[GraphNode, ...]) -> None:
    names = sorted(node.name for node in nodes if node.kind == "platform")
    texts = [words(text_of(node)) for node in nodes]
    nearest = max(overlap(left, right) for row, left in enumerate(texts) for right in texts[:row])

    assert any(left[:5] == right[:5] for left, right in pairwise(names))
    assert nearest < 0.9


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}
