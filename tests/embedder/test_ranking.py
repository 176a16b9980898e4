"""What ranking data are made of is frozen, and texts of other stages become vectors."""

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from contracts import Event, InvalidEvent, Reference, Unavailable, WorkFailed, canonical
from contracts.deals import ItemsFrozen, PackagesRequested, Snapshot
from contracts.ranking import GraphNode, RankingBrief, RankingSettings
from contracts.ranking_data import EmbeddingRequested, RankingDataRequested, TextsEmbedded
from contracts.runs import RunCommanded, RunFinished, RunStatus
from embedder.handler.ranking import RankingRequest
from embedder.handler.texts import EmbedOnDemand
from encoder import HashEncoder, text_of_node
from objects import get_content, put_content
from runtime import Failure, RunKey
from tests.embedder.ports import SELECTION, Ports, reference, select
from tests.embedder.world import World, run_of, transaction

PACKAGES = PackagesRequested(run_id="RUN_P")
RANKING = RankingDataRequested(run_id="RUN_R", packages_run="RUN_P")
NODES = [
    GraphNode(node_id="p1", kind="platform", name="Northfield Dental", sectors=("Health",), regions=("US",)),
    GraphNode(node_id="a1", kind="add_on", name="Smile Group", links=("p1",), snippet="Three practices."),
]


async def ask(world: World, request: RankingDataRequested) -> Sequence[Event]:
    handler = RankingRequest(world.freezes, world.models, world.store, 2)
    decision = await handler.decide(request)
    return list(await handler.record(transaction(run_of(request)), request, decision))


async def graph(world: World, *nodes: GraphNode) -> Reference:
    lines = b"".join(node.canonical() + b"\n" for node in nodes)
    return await put_content(world.store, "main/graphs", lines, count=len(nodes), suffix=".jsonl")


async def packaged(*deals: int) -> World:
    """A world in which a run of packages is over."""
    world = World()
    await world.publish(*deals)
    await world.run(PACKAGES)
    return world


async def test_it_is_made_of_the_very_deals_that_were_packaged() -> None:
    world = await packaged(1, 2, 3)
    before = await world.freezes.selection(run_of(PACKAGES))
    await world.publish(4)
    await ask(world, RANKING)
    frozen = await world.freeze(RANKING)

    assert (frozen.kind, frozen.items) == ("deal", 3)
    assert frozen.ranking == RankingBrief(packages_run="RUN_P", packages_revision=1)
    snapshot = Snapshot.read(await get_content(world.store, frozen.snapshot))
    assert [shard.bodies for shard in snapshot.shards] == [shard.bodies for shard in before.shards]


async def test_where_no_run_is_named_the_last_finished_one_is_meant() -> None:
    world = await packaged(1, 2)
    await ask(world, RankingDataRequested(run_id="RUN_R"))
    frozen = await world.freeze(RANKING)

    assert frozen.ranking is not None
    assert (frozen.ranking.packages_run, frozen.ranking.packages_revision) == ("RUN_P", 1)


async def test_the_vectors_are_of_the_model_that_the_packages_were_made_with() -> None:
    world = World()
    world.models.others["other"] = replace(world.encoding, model="other-model")
    await world.publish(1, 2)
    settings = PACKAGES.settings.model_copy(update={"embedding_model": "other"})
    await world.run(PACKAGES.model_copy(update={"settings": settings}))
    await ask(world, RANKING)
    frozen = await world.freeze(RANKING)

    assert frozen.ranking is not None
    assert frozen.ranking.settings.embedding_model == "other"
    assert Snapshot.read(await get_content(world.store, frozen.snapshot)).model == "other-model"


async def test_a_run_of_packages_that_is_not_over_is_waited_for() -> None:
    world = World()
    world.freezes.waited = 0
    await world.publish(1)
    await world.ask(PACKAGES)
    with pytest.raises(Unavailable, match="waiting for a run of packages"):
        await ask(world, RANKING.model_copy(update={"wait_seconds": 5}))


@pytest.mark.parametrize(
    ("named", "words"),
    [
        pytest.param("RUN_X", "the run of packages RUN_X is not finished or has no packages", id="unknown"),
        pytest.param(None, "no run of packages is finished", id="none at all"),
    ],
)
async def test_without_packages_it_is_refused_in_words(named: str | None, words: str) -> None:
    world, request = World(), RankingDataRequested(run_id="RUN_R", packages_run=named)
    with pytest.raises(WorkFailed, match=words) as refused:
        await ask(world, request)

    handler = RankingRequest(world.freezes, world.models, world.store, 2)
    failure = Failure(refused.value.code, refused.value.words)
    ended = await handler.give_up(request, failure)
    [finished] = await handler.record(transaction(run_of(request)), request, ended)
    assert isinstance(finished, RunFinished)
    assert (finished.kind, finished.status) == ("ranking_data", "refused")
    assert finished.words.startswith("no_packages: ")


async def test_the_nodes_of_a_graph_are_frozen_in_the_order_of_their_ids() -> None:
    world = World()
    request = RankingDataRequested(run_id="RUN_R", graph=await graph(world, *NODES))
    await ask(world, request)
    frozen = await world.freeze(request)

    assert (frozen.kind, frozen.items) == ("node", 2)
    assert frozen.ranking == RankingBrief(settings=RankingSettings())
    snapshot = Snapshot.read(await get_content(world.store, frozen.snapshot))
    lines = (await get_content(world.store, snapshot.shards[0].bodies)).splitlines()
    assert [GraphNode.read(line).node_id for line in lines] == ["a1", "p1"]
    assert sorted(world.encoding.asked) == sorted(text_of_node(node) for node in NODES)


async def test_a_retry_keeps_the_nodes() -> None:
    world = World()
    request = RankingDataRequested(run_id="RUN_R", graph=await graph(world, *NODES))
    await ask(world, request)
    first = await world.freeze(request)
    retry = RunCommanded(run_id="RUN_R", revision=2, command="retry")
    await world.command(retry)
    again = await world.freeze(retry)

    assert again.snapshot == first.snapshot
    assert again.ranking == first.ranking


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        pytest.param(
            (NODES[0], NODES[0].model_copy(update={"name": "Another"})),
            "two nodes are called 'p1'",
            id="one id for two",
        ),
    ],
)
async def test_a_graph_that_contradicts_itself_is_wrong(nodes: tuple[GraphNode, ...], words: str) -> None:
    world = World()
    request = RankingDataRequested(run_id="RUN_R", graph=await graph(world, *nodes))
    with pytest.raises(InvalidEvent, match=words):
        await ask(world, request)


async def test_a_graph_of_another_tenant_is_not_read() -> None:
    world = World()
    foreign = (await graph(world, *NODES)).model_copy(update={"key": "other/graphs/x.jsonl"})
    with pytest.raises(InvalidEvent, match="not among the objects of main"):
        await ask(world, RankingDataRequested(run_id="RUN_R", graph=foreign))


async def test_the_same_request_again_changes_nothing_and_another_one_is_wrong() -> None:
    world = await packaged(1, 2)
    assert await ask(world, RANKING)
    assert await ask(world, RANKING) == []
    with pytest.raises(InvalidEvent, match="give each run its own id"):
        await ask(world, RANKING.model_copy(update={"by": "somebody else"}))


async def test_texts_become_vectors_in_their_order_and_each_once() -> None:
    world, texts = World(), ["sports video", "news audio", "sports video"]
    told = await embedded(world, texts)

    assert told.vectors is not None
    matrix = np.load(io.BytesIO(await get_content(world.store, told.vectors)))
    assert np.array_equal(matrix, HashEncoder().encode(texts))
    assert sorted(world.encoding.asked) == ["news audio", "sports video"]
    assert (await embedded(world, texts)).vectors == told.vectors
    assert len(world.encoding.asked) == 2


@pytest.mark.parametrize(
    ("changes", "body", "code"),
    [
        pytest.param({"model": "another"}, ["a"], "embedding_model", id="another model"),
        pytest.param({"embedding_model": "none"}, ["a"], "embedding_model", id="unknown name"),
        pytest.param({}, [], "texts", id="no texts"),
        pytest.param({}, [1], "texts", id="not a text"),
    ],
)
async def test_whoever_asks_for_vectors_that_cannot_be_made_is_told_why(
    changes: dict[str, Any], body: list[Any], code: str
) -> None:
    world = World()
    request = (await wanted(world, body)).model_copy(update=changes)
    handler = EmbedOnDemand(world.embedding, world.models, world.store)
    with pytest.raises((WorkFailed, InvalidEvent)) as refused:
        await handler.decide(request)
    told = await handler.give_up(request, Failure(refused.value.code, refused.value.words))

    assert (told.code, told.vectors) == (code, None)
    assert told.words
    assert list(await handler.record(transaction(run_of(request)), request, told)) == [told]


async def wanted(world: World, texts: list[Any]) -> EmbeddingRequested:
    named = await put_content(world.store, "main/texts", canonical(texts), count=len(texts))
    return EmbeddingRequested(run_id="RUN_R", texts=named, model=world.encoding.model)


async def embedded(world: World, texts: list[Any]) -> TextsEmbedded:
    handler = EmbedOnDemand(world.embedding, world.models, world.store)
    return await handler.decide(await wanted(world, texts))


async def freeze(ports: Ports, run: RunKey) -> None:
    frozen = ItemsFrozen(run_id=run.run_id, revision=run.revision, snapshot=reference("s"), items=3)
    async with ports.begin(run) as tx:
        await ports.freezes.freeze(tx, frozen)


async def test_a_finished_run_of_packages_is_found_again(ports: Ports) -> None:
    ends: list[tuple[str, int, RunStatus | None]] = [
        ("RUN_1", 1, "completed"),
        ("RUN_1", 2, "completed_with_failures"),
        ("RUN_2", 1, "failed"),
        ("RUN_3", 1, None),
    ]
    for run_id, revision, status in ends:
        run = RunKey("main", run_id, revision)
        await select(ports, run)
        await freeze(ports, run)
        async with ports.begin(run) as tx:
            if status:
                await ports.freezes.finish(tx, status)

    assert await ports.freezes.finished("main", "RUN_1", 1) == RunKey("main", "RUN_1", 1)
    assert await ports.freezes.finished("main", "RUN_1", None) == RunKey("main", "RUN_1", 2)
    assert await ports.freezes.finished("main", None, None) == RunKey("main", "RUN_1", 2)
    assert await ports.freezes.finished("main", "RUN_2", None) is None
    assert await ports.freezes.finished("main", "RUN_3", None) is None
    assert await ports.freezes.finished("other", None, None) is None


async def test_what_is_to_be_made_of_a_selection_is_kept(ports: Ports) -> None:
    brief = RankingBrief(packages_run="RUN_P", packages_revision=2, settings=RankingSettings(seed=11))
    selection = replace(SELECTION, brief=brief)
    await select(ports, selection=selection)

    found = await ports.freezes.selection(RunKey("main", "RUN_1", 1))
    assert (found.ranking, found.kind, found.item_kind) == (brief, "ranking_data", "deal")
