"""Which state of a deal counts, whom a key names, what a request asks for. No servers."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import InvalidEvent, Reference, canonical
from contracts.settings import EnrichmentSettings, LlmSettings, PackageSettings, PackingSettings, Redo
from contracts.unplaced import Unplaced
from embedder.domain import (
    DEALS,
    Asked,
    Followed,
    Item,
    ItemName,
    Selection,
    Shard,
    fold,
    is_own,
    really_changed,
    requested_ids,
    revised_redo,
    seconds_until_due,
    shard_id,
    snapshot,
    succeed,
    with_new_answers,
)

NAME = ItemName("main", "bidswitch.com/1")
OTHER = ItemName("main", "bidswitch.com/2")


def offer(content: str, at: int, version: int | None = None, *, name: ItemName = NAME) -> Item:
    return Item(
        name,
        withdrawn=False,
        version=version,
        timestamp_ms=at,
        title=content,
        body=content.encode(),
        content_sha256=content,
        text_sha256=content,
    )


def withdrawal(at: int) -> Item:
    return Item(NAME, timestamp_ms=at)


@pytest.mark.parametrize(
    ("arrived", "offered"),
    [
        pytest.param([offer("a", 1), offer("b", 2)], "b", id="the later one counts"),
        pytest.param([offer("b", 2), offer("a", 1)], "b", id="a late older one changes nothing"),
        pytest.param([offer("a", 1, 1), offer("b", 1, 2)], "b", id="the higher version counts"),
        pytest.param([offer("b", 1, 2), offer("a", 2, 1)], "b", id="a version beats the time"),
        pytest.param([offer("a", 1), withdrawal(2)], None, id="a null value withdraws"),
        pytest.param([offer("a", 2), withdrawal(1)], "a", id="an old withdrawal changes nothing"),
        pytest.param([withdrawal(1), offer("a", 2)], "a", id="what is published again is offered again"),
        pytest.param([withdrawal(2), offer("a", 1)], None, id="what was published before stays withdrawn"),
        pytest.param(
            [offer("a", 1, 5), withdrawal(2), offer("a", 3, 5)], "a", id="the same version comes back"
        ),
        pytest.param(
            [offer("a", 1, 5), withdrawal(2), offer("b", 3, 4)],
            None,
            id="an older version does not come back",
        ),
        pytest.param(
            [offer("a", 1, 5), withdrawal(3), offer("b", 2, 6)],
            None,
            id="a newer version published before the withdrawal stays withdrawn",
        ),
        pytest.param(
            [offer("a", 1, 5), offer("a", 4, 5), withdrawal(2)],
            "a",
            id="a repetition is later than a withdrawal",
        ),
        pytest.param(
            [replace(offer("a", 1), offset=1), replace(offer("b", 1), offset=2)],
            "b",
            id="within a millisecond the offset decides",
        ),
    ],
)
def test_one_state_counts(arrived: Sequence[Item], offered: str | None) -> None:
    [state], refused = fold({}, list(enumerate(arrived)))

    assert refused == []
    assert (None if state.withdrawn else state.title) == offered
    assert (state.body is None) == state.withdrawn


@given(st.permutations([offer(f"v{version}", at, version) for version, at in enumerate([5, 1, 9, 9, 2], 1)]))
def test_whatever_the_order_the_highest_version_stays(arrived: list[Item]) -> None:
    [state], _ = fold({}, list(enumerate(arrived)))

    assert state.version == 5


@given(st.permutations([*(offer(f"t{at}", at) for at in (1, 3, 5)), withdrawal(2), withdrawal(4)]))
def test_whatever_the_order_the_latest_without_version_stays(arrived: list[Item]) -> None:
    [state], _ = fold({}, list(enumerate(arrived)))

    assert state.title == "t5"


@given(st.lists(st.sampled_from([offer("a", 1), offer("b", 2), withdrawal(3), offer("c", 4)]), min_size=1))
def test_taking_a_batch_in_twice_changes_nothing(arrived: list[Item]) -> None:
    once, _ = fold({}, list(enumerate(arrived)))
    twice, _ = fold({item.name: item for item in once}, list(enumerate(arrived)))

    assert twice == []


def test_a_version_with_two_contents_is_refused_where_it_stands() -> None:
    known = {NAME: offer("a", 1, 7)}
    batch = [(0, offer("b", 2, 7)), (1, offer("x", 2, name=OTHER)), (2, offer("c", 3, 8))]

    changed, [(position, reason)] = fold(known, batch)

    assert (position, reason.code) == (0, "version_conflict")
    assert [item.title for item in changed] == ["c", "x"]


def test_a_version_conflict_is_seen_after_a_withdrawal_too() -> None:
    gone = succeed(offer("a", 1, 7), withdrawal(2))

    with pytest.raises(InvalidEvent, match="version 7"):
        succeed(gone, offer("b", 3, 7))


@pytest.mark.parametrize(
    ("key", "owners", "name"),
    [
        pytest.param("main/bidswitch.com/1", {}, NAME, id="spelled"),
        pytest.param("row 17", {"row 17": {NAME}}, NAME, id="came under it"),
        pytest.param("main/bidswitch.com/1", {"main/bidswitch.com/1": {OTHER}}, OTHER, id="both"),
        pytest.param("main/x.com/a/b c", {}, ItemName("main", "x.com/a/b c"), id="a slash in the deal id"),
    ],
)
def test_a_key_names_the_deal_that_it_withdraws(
    key: str, owners: dict[str, set[ItemName]], name: ItemName
) -> None:
    assert DEALS.withdrawn(key, owners) == name


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("", "unknown_key"),
        ("row 18", "unknown_key"),
        ("main/bidswitch.com", "unknown_key"),
        ("main/Bid Switch/1", "unknown_key"),
        ("MAIN/bidswitch.com/1", "unknown_key"),
        ("deals", "ambiguous_key"),
    ],
)
def test_a_key_that_names_no_one_deal_is_refused(key: str, code: str) -> None:
    with pytest.raises(InvalidEvent) as caught:
        DEALS.withdrawn(key, {"deals": {NAME, OTHER}})

    assert caught.value.code == code


def request(*ids: str) -> Asked:
    return Asked(deal_ids=ids)


def test_ids_asked_for_twice_are_asked_for_once_and_a_list_adds_to_them() -> None:
    listed = canonical(["x.com/3", "x.com/1"])

    assert requested_ids(request("x.com/2", "x.com/1", "x.com/2"), listed) == [
        "x.com/1",
        "x.com/2",
        "x.com/3",
    ]


def test_no_ids_are_not_the_same_as_an_empty_list_of_ids() -> None:
    assert requested_ids(Asked(), None) is None
    assert requested_ids(request(), None) == []


@pytest.mark.parametrize("body", [b"{}", b'"x.com/1"', b"[1]", b"not json", b'{"a":1,"a":2}', b"\xff"])
def test_a_list_that_is_no_list_of_ids_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidEvent):
        requested_ids(request(), body)


@pytest.mark.parametrize("wrong", ["3001", "", "/1", "x.com/", "x.com/\x00", "X.com/1"])
def test_an_id_without_an_origin_is_refused_in_words(wrong: str) -> None:
    with pytest.raises(InvalidEvent, match="1 ids are not origin/deal_id"):
        requested_ids(request("x.com/1", wrong), None)


@pytest.mark.parametrize(
    ("key", "own"),
    [
        ("main/lists/a.json", True),
        ("other/lists/a.json", False),
        ("mainly/lists/a.json", False),
        ("main/../other/a.json", False),
        ("main//a.json", False),
        ("main/lists/", False),
    ],
)
def test_an_object_is_the_tenants_if_its_key_leads_nowhere_else(key: str, own: bool) -> None:  # noqa: FBT001
    assert is_own(key, "main") is own


def reference(name: str) -> Reference:
    return Reference(key=f"main/{name}", sha256="0" * 64, bytes=1, count=2)


def test_the_deals_of_a_lost_shard_have_failed_and_every_deal_is_somewhere_once() -> None:
    shards = (
        Shard("two", reference("b2"), ("x.com/3", "x.com/4")),
        Shard("one", reference("b1"), ("x.com/1", "x.com/2")),
    )
    missing = Unplaced(item_id="x.com/0", code="not_published")
    selection = Selection("", Asked(), shards, (missing,), (), PackageSettings(), None, "m")

    frozen = snapshot(selection, {"two": reference("v2")}, {"one": ("not_embedded", "crashes")})

    assert (frozen.items, [shard.bodies.key for shard in frozen.shards]) == (2, ["main/b2"])
    assert [(one.item_id, one.code) for one in frozen.failed] == [
        ("x.com/0", "not_published"),
        ("x.com/1", "not_embedded"),
        ("x.com/2", "not_embedded"),
    ]


def test_shards_come_in_the_order_of_their_deals() -> None:
    shards = (Shard("b", reference("b2"), ("x.com/3",)), Shard("a", reference("b1"), ("x.com/1",)))
    vectors = {"a": reference("v1"), "b": reference("v2")}
    either = [
        snapshot(Selection("", Asked(), order, (), (), PackageSettings(), None, "m"), vectors, {})
        for order in (shards, shards[::-1])
    ]

    assert either[0] == either[1]
    assert [shard.vectors.key for shard in either[0].shards] == ["main/v1", "main/v2"]


def test_a_shard_is_named_by_its_deals_and_the_model() -> None:
    assert shard_id("a", "m") == shard_id("a", "m")
    assert len({shard_id("a", "m"), shard_id("b", "m"), shard_id("a", "n")}) == 3


# Revisions

PLAIN = PackageSettings()
PACKED = PackageSettings(packing=PackingSettings(min_deals=4))
ENRICHED = PackageSettings(enrichment=EnrichmentSettings(currency="EUR"))


@pytest.mark.parametrize(
    ("asked", "now", "done_again"),
    [
        pytest.param("nothing", PLAIN, "nothing", id="the same settings"),
        pytest.param("nothing", ENRICHED, "enrichment", id="enrichment differs"),
        pytest.param("nothing", PACKED, "packaging", id="packing differs"),
        pytest.param("enrichment", PACKED, "packaging", id="packing differs more than was asked for"),
        pytest.param("packaging", ENRICHED, "packaging", id="more was asked for"),
        pytest.param("enrichment", PLAIN, "enrichment", id="asked for"),
        pytest.param("nothing", PLAIN.model_copy(update={"embedding_model": "m"}), "nothing", id="model"),
    ],
)
def test_a_revision_does_again_what_other_settings_would_do_otherwise(
    asked: Redo, now: PackageSettings, done_again: Redo
) -> None:
    assert revised_redo(asked, PLAIN, now) == done_again


def test_new_answers_are_the_next_samples_of_what_is_done_again() -> None:
    settings = PackageSettings(packing=PackingSettings(llm=LlmSettings(fresh=2)))

    both = with_new_answers(settings, "packaging")
    one = with_new_answers(settings, "enrichment")

    assert (both.packing.llm.fresh, both.enrichment.llm.fresh) == (3, 1)
    assert (one.packing.llm.fresh, one.enrichment.llm.fresh) == (2, 1)


# Following

FOLLOWED = Followed(
    quiet_seconds=30,
    max_changes=10,
    changes=3,
    quiet_for_seconds=12,
    asked_revision=1,
    last_revision=1,
    last_is_over=True,
)


@pytest.mark.parametrize(
    ("run", "seconds"),
    [
        pytest.param(FOLLOWED, 1, id="not quiet long enough"),
        pytest.param(replace(FOLLOWED, quiet_for_seconds=29.75), 0.25, id="nearly"),
        pytest.param(replace(FOLLOWED, quiet_for_seconds=30), 0, id="quiet"),
        pytest.param(replace(FOLLOWED, changes=10), 0, id="many changes"),
        pytest.param(replace(FOLLOWED, changes=10, last_is_over=False), 1, id="a revision is under way"),
        pytest.param(replace(FOLLOWED, changes=10, asked_revision=2), 1, id="a revision was asked for"),
    ],
)
def test_a_run_is_due_after_quiet_or_many_changes_once_its_last_revision_is_over(
    run: Followed, seconds: float
) -> None:
    assert seconds_until_due(run) == seconds


def test_what_is_published_again_unchanged_is_no_change() -> None:
    known = {NAME: offer("a", 1)}

    assert really_changed(known, [offer("a", 2)]) == []
    assert really_changed(known, [offer("b", 2)]) == [offer("b", 2)]
    assert len(really_changed(known, [replace(offer("a", 2), withdrawn=True)])) == 1
    assert len(really_changed({}, [offer("a", 2)])) == 1
    assert really_changed({}, [Item(NAME, timestamp_ms=3)]) == []
