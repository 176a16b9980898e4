"""One suite for the ports in memory and on Postgres: what the fakes promise, Postgres does."""

import asyncio

import numpy as np
import pytest

from contracts import Unavailable
from contracts.deals import ItemsFrozen
from embedder.adapters import in_thread
from embedder.domain import Item, ItemName
from encoder import Encoder, EncoderMissing, EncoderSettings, HashEncoder, load_encoder
from runtime import RunKey
from tests.embedder.ports import RUN, SELECTION, Ports, reference, select

NAMES = [ItemName("main", f"x.com/{number}") for number in range(3)]


def offer(name: ItemName, body: str = "body") -> Item:
    return Item(
        name=name,
        withdrawn=False,
        version=3,
        timestamp_ms=10,
        offset=4,
        title="Sports",
        body=body.encode(),
        content_sha256=f"content of {body}",
        text_sha256=f"text of {body}",
    )


async def save(ports: Ports, *items: Item, **owners: ItemName) -> None:
    async with ports.begin(RUN) as tx:
        await ports.items.lock(tx, sorted(item.name for item in items))
        await ports.items.save(tx, list(items), {key: {name} for key, name in owners.items()})


async def test_a_deal_that_nobody_has_seen_is_a_withdrawn_one_without_a_past(ports: Ports) -> None:
    async with ports.begin(RUN) as tx:
        assert await ports.items.lock(tx, NAMES) == {name: Item(name) for name in NAMES}


async def test_a_saved_deal_is_known_and_offered_without_its_body_to_compare(ports: Ports) -> None:
    await save(ports, offer(NAMES[0]))

    async with ports.begin(RUN) as tx:
        found = await ports.items.lock(tx, NAMES[:1])
    kept = found[NAMES[0]]
    assert (kept.version, kept.timestamp_ms, kept.offset, kept.title) == (3, 10, 4, "Sports")
    assert (kept.content_sha256, kept.text_sha256, kept.body) == ("content of body", "text of body", None)
    assert await ports.items.bodies("main", ["x.com/0", "x.com/9"]) == {"x.com/0": b"body"}


async def test_a_withdrawn_deal_is_known_and_not_offered(ports: Ports) -> None:
    await save(ports, offer(NAMES[0]), offer(NAMES[1]))
    await save(ports, Item(NAMES[0], timestamp_ms=20))

    assert await ports.items.offered("main") == ["x.com/1"]
    assert await ports.items.known("main", ["x.com/0", "x.com/1", "x.com/2"]) == {"x.com/0", "x.com/1"}
    assert await ports.items.bodies("main", ["x.com/0", "x.com/1"]) == {"x.com/1": b"body"}


async def test_offered_deals_come_sorted_by_code_point_whatever_the_database_thinks(ports: Ports) -> None:
    ids = ["x.com/a", "x.com/B", "x.com/_", "x.com/10", "x.com/9", "x-y.com/1"]
    await save(ports, *(offer(ItemName("main", item_id)) for item_id in ids))

    assert await ports.items.offered("main") == sorted(ids)


async def test_tenants_do_not_see_each_other(ports: Ports) -> None:
    await save(ports, offer(ItemName("other", "x.com/0")))
    await ports.vectors.add("other", "m", {"t": b"1"})

    assert await ports.items.offered("main") == []
    assert await ports.items.known("main", ["x.com/0"]) == set()
    assert await ports.items.bodies_by_text("main", ["text of body"]) == []
    assert await ports.vectors.find("main", "m", ["t"]) == {}


async def test_a_record_key_names_every_deal_that_came_under_it(ports: Ports) -> None:
    await save(ports, offer(NAMES[0]), row=NAMES[0])
    await save(ports, offer(NAMES[1]), row=NAMES[1])
    await save(ports, offer(NAMES[1]), row=NAMES[1], line=NAMES[1])

    async with ports.begin(RUN) as tx:
        found = await ports.items.owners(tx, ["row", "line", "nothing"])
    assert found == {"row": {NAMES[0], NAMES[1]}, "line": {NAMES[1]}}


async def test_texts_without_a_vector_of_the_model_are_found_with_one_body_each(ports: Ports) -> None:
    await save(ports, offer(NAMES[0], "a"), offer(NAMES[1], "b"), offer(NAMES[2], "b"))
    await ports.vectors.add("main", "m", {"text of a": b"1"})
    texts = ["text of a", "text of b"]

    async with ports.begin(RUN) as tx:
        assert await ports.items.without_vector(tx, "main", "m", texts) == ["text of b"]
        assert await ports.items.without_vector(tx, "main", "n", texts) == texts
    assert await ports.items.bodies_by_text("main", ["text of b", "text of c"]) == [b"b"]


async def test_the_first_vector_of_a_text_stays(ports: Ports) -> None:
    assert await ports.vectors.add("main", "m", {"t": b"1", "u": b"2"}) == {"t", "u"}
    assert await ports.vectors.add("main", "m", {"t": b"9", "v": b"3"}) == {"v"}

    assert await ports.vectors.find("main", "m", ["t", "u", "v", "w"]) == {"t": b"1", "u": b"2", "v": b"3"}
    assert await ports.vectors.find("main", "n", ["t"]) == {}


FROZEN = ItemsFrozen(run_id="RUN_1", snapshot=reference("s"), items=3, failed=1, excluded=2)


async def test_a_selection_comes_back_as_it_was(ports: Ports) -> None:
    assert await select(ports)

    assert await ports.freezes.selection(RUN) == SELECTION


async def test_the_first_word_about_a_revision_counts(ports: Ports) -> None:
    assert await select(ports)
    assert not await select(ports)
    async with ports.begin(RUN) as tx:
        assert not await ports.freezes.end(tx, "other", "packages")

    found = await ports.freezes.find(RUN)
    assert found is not None
    assert (found.state, found.request_sha256) == ("selected", "r")


async def test_the_revision_before_is_the_last_with_a_selection(ports: Ports) -> None:
    later = [RunKey("main", "RUN_1", revision) for revision in (1, 2, 3, 4)]
    assert await ports.freezes.before(later[0]) is None
    await select(ports, later[0])
    async with ports.begin(later[0]) as tx:
        await ports.freezes.freeze(tx, FROZEN)
    await select(ports, later[1])
    async with ports.begin(later[2]) as tx:
        await ports.freezes.end(tx, "refused", "packages")

    before = [await ports.freezes.before(run) for run in later]

    assert [found and (found.revision, found.state) for found in before] == [
        None,
        (1, "frozen"),
        (2, "selected"),
        (2, "selected"),
    ]
    assert await ports.freezes.before(RunKey("other", "RUN_1", 9)) is None


async def test_vectors_are_found_under_the_revision_that_made_them(ports: Ports) -> None:
    second = RunKey("main", "RUN_1", 2)
    for run, name in ((RUN, "v1"), (second, "v2")):
        await select(ports, run)
        async with ports.begin(run) as tx:
            await ports.freezes.add_vectors(tx, "one", reference(name))

    assert await ports.freezes.vectors(second, {"one": 1}) == {"one": reference("v1")}
    assert await ports.freezes.vectors(second, {"one": 2, "two": 2}) == {"one": reference("v2")}


async def test_the_wait_of_a_run_is_counted_from_when_it_was_first_heard_of(postgres: Ports) -> None:
    first = await postgres.freezes.waited_seconds(RUN)
    second = await postgres.freezes.waited_seconds(RUN)

    assert 0 <= first < second < 5


async def test_batches_that_share_deals_take_turns_whatever_their_order(postgres: Ports) -> None:
    """Both lock the same rows, named in opposite orders: neither deadlocks, and the second sees the first."""
    seen: list[list[int | None]] = []

    async def take(names: list[ItemName], version: int) -> None:
        async with postgres.begin(RUN) as tx:
            known = await postgres.items.lock(tx, names)
            seen.append([known[name].version for name in sorted(names)])
            items = [Item(name, withdrawn=False, version=version, body=b"{}") for name in names]
            await postgres.items.save(tx, items, {})

    await asyncio.gather(*(take(NAMES if n % 2 else NAMES[::-1], n) for n in range(8)))

    assert seen[0] == [None] * 3
    assert all(len(set(versions)) == 1 for versions in seen)
    assert len({versions[0] for versions in seen}) == 8


async def test_the_encoder_works_off_the_loop_and_gives_what_it_gives_on_it() -> None:
    texts = ["sports video", "cars"]
    with in_thread(HashEncoder()) as models:
        vectors = await models.default.encode(texts)

    assert np.array_equal(vectors, HashEncoder().encode(texts))
    assert models.default.model == "hash-256@1/hash/float32/256"


async def test_a_further_model_is_loaded_once_when_it_is_first_asked_for() -> None:
    loaded: list[str] = []

    def load(settings: EncoderSettings) -> Encoder:
        loaded.append(settings.model)
        return HashEncoder()

    others = {"other": EncoderSettings(model="a folder")}
    with in_thread(HashEncoder(), others, load) as models:
        assert models.names == ("hash-256", "other")
        assert loaded == []
        first, second = await asyncio.gather(models.named("other"), models.named("other"))
        assert await models.named(None) is await models.named("hash-256") is models.default
        assert await models.named("huge") is None

    assert first is second is not None
    assert loaded == ["a folder"]


async def test_a_further_model_that_is_not_installed_is_waited_for_and_says_why() -> None:
    def load(settings: EncoderSettings) -> Encoder:
        raise EncoderMissing(f"{settings.model} is no folder")

    with (
        in_thread(HashEncoder(), {"other": EncoderSettings(model="nowhere")}, load) as models,
        pytest.raises(Unavailable, match="the model other cannot be loaded: nowhere is no folder"),
    ):
        await models.named("other")


async def test_the_real_model_puts_like_deals_nearer_than_unlike_ones() -> None:
    with in_thread(load_encoder(EncoderSettings(dtype="float32"))) as models:
        encoding = models.default
        cars, autos, food = await encoding.encode(["car insurance video", "auto insurance ads", "recipes"])

    assert encoding.model.startswith("all-MiniLM-L6-v2@")
    assert cars @ autos > 0.5 > cars @ food
