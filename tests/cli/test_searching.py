"""Reasons and runs are taken from what the runs wrote. The views are faked, the manifests are real."""

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from cli import manifests, packages, searching, stories
from cli.connections import Connection
from cli.domain.reasons import Reasons
from cli.errors import CliError
from cli.reading import NEWEST, RunRow
from cli.searching import RUNS_SEARCHED, Search, newest_run_of, not_found
from contracts import Entity
from contracts.clusters import Clustering
from contracts.deals import Snapshot, SnapshotShard
from contracts.packages import Outcome
from contracts.runs import Cost, Counts
from contracts.unplaced import Unplaced
from objects import MemoryObjects
from tests.cli.runs import CLUSTERING, COUNTS, GONE, LEFT_OUT, OUTCOME, PLACED, SNAPSHOT, TOO_FEW, reference

DEAL = "bidswitch.com/7"
RUN = RunRow("main", "RUN_1", 1, "packages", "completed", None, None, None, Counts(), Cost(), None, "")
OPEN = replace(RUN, status=None)
NOTHING = OUTCOME.model_copy(update={"placed": (), "failed": (), "excluded": ()})
WITHDRAWN = (Unplaced(item_id=DEAL, code="withdrawn", words="taken back"),)


@dataclass
class Home:
    """What the views and the store would give, by query and run."""

    rows: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    runs: list[RunRow] = field(default_factory=list)
    clustered: set[str] = field(default_factory=set)
    codes: tuple[str, ...] = ()
    store: MemoryObjects = field(default_factory=MemoryObjects)
    looked_at: list[str] = field(default_factory=list)

    @property
    def views(self) -> Connection:
        return cast("Connection", self)

    async def fetchrow(self, query: str, _tenant: str, run_id: str, _revision: int) -> dict[str, Any] | None:
        self.looked_at.append(run_id)
        return self.rows.get((query, run_id))

    async def fetch(self, query: str, *values: Any) -> list[dict[str, Any]]:
        if query == NEWEST:
            return [_row(run) for run in self.runs[: values[1]]]
        if query == searching.CLUSTERED:
            return [{"run_id": run_id} for run_id in values[1] if run_id in self.clustered]
        assert query == packages.EXCLUDED_SO_FAR
        return [{"code": code} for code in self.codes]

    async def wrote(self, query: str, run: RunRow, manifest: Entity) -> "Home":
        body = manifest.canonical()
        key = f"main/{run.run_id}/{hashlib.sha256(body).hexdigest()}.json"
        await self.store.put(key, body)
        self.rows[query, run.run_id] = {"key": key, "sha256": hashlib.sha256(body).hexdigest()}
        return self

    async def ended(self, run: RunRow, outcome: Outcome) -> None:
        self.runs.append(run)
        await self.wrote(manifests.OUTCOME, run, outcome)

    async def search(self) -> Search:
        return await newest_run_of(self.views, self.store, "main", DEAL)


class Stories(Home):
    async def fetch(self, query: str, *values: Any) -> list[dict[str, Any]]:
        return []


def _row(run: RunRow) -> dict[str, Any]:
    return {
        **{name: getattr(run, name) for name in RunRow.__slots__},
        "counts": None,
        "cost": None,
    }


def named(number: int, **changes: Any) -> RunRow:
    return replace(RUN, run_id=f"RUN_{number}", **changes)


async def test_the_reasons_of_a_run_add_up_to_its_counts() -> None:
    home = await Home().wrote(manifests.OUTCOME, RUN, OUTCOME)
    told = await packages.reasons(home.views, home.store, RUN)
    assert told == Reasons({"too_few": 2, "safety_mismatch": 1}, {"not_published": 1})
    assert (sum(told.excluded.values()), sum(told.failed.values())) == (COUNTS.excluded, COUNTS.failed)
    assert list(told.excluded) == ["too_few", "safety_mismatch"]


async def test_before_the_end_the_reasons_are_those_of_the_packager() -> None:
    home = Home(codes=("off_topic", "off_topic", "safety_mismatch"))
    assert await packages.reasons(home.views, home.store, OPEN) == Reasons(
        {"off_topic": 2, "safety_mismatch": 1}
    )


async def test_an_outcome_that_was_changed_gives_no_reasons() -> None:
    home = await Home().wrote(manifests.OUTCOME, RUN, OUTCOME)
    home.rows[manifests.OUTCOME, RUN.run_id]["sha256"] = "0" * 64
    told = await packages.reasons(home.views, home.store, RUN)
    assert "assort verify RUN_1" in told.unknown
    assert not told.excluded


@pytest.mark.parametrize("item", [PLACED[0], LEFT_OUT, TOO_FEW[0], GONE])
async def test_an_outcome_names_each_deal_that_was_asked_for(item: str) -> None:
    home = await Home().wrote(manifests.OUTCOME, RUN, OUTCOME)
    assert await manifests.asks_for(home.views, home.store, RUN, item) is True
    assert await manifests.asks_for(home.views, home.store, RUN, DEAL) is False


async def test_a_newer_run_that_excluded_the_deal_before_clustering_is_the_one() -> None:
    home = Home(clustered={"RUN_1"})
    await home.ended(named(3), NOTHING)
    await home.ended(named(2), NOTHING.model_copy(update={"excluded": WITHDRAWN}))
    await home.ended(named(1), NOTHING)
    found = await home.search()
    assert found.run is not None
    assert (found.run.run_id, found.passed) == ("RUN_2", 1)


async def test_a_run_that_is_not_over_is_asked_by_its_snapshot() -> None:
    frozen = SNAPSHOT.model_copy(update={"shards": (), "excluded": WITHDRAWN})
    home = await Home(runs=[OPEN]).wrote(manifests.SNAPSHOT, OPEN, frozen)
    assert (await home.search()).run == OPEN


async def test_a_deal_that_is_frozen_and_not_clustered_yet_is_found_in_the_shards() -> None:
    bodies = reference("bodies", 1)
    shard = SnapshotShard(bodies=bodies, vectors=reference("vectors", 1))
    frozen = SNAPSHOT.model_copy(update={"shards": (shard,)})
    home = await Home(runs=[OPEN]).wrote(manifests.SNAPSHOT, OPEN, frozen)
    await home.store.put(bodies.key, b'{"origin": "bidswitch.com", "id": "7"}\n')
    assert (await home.search()).run == OPEN


async def test_a_run_that_has_frozen_nothing_yet_leaves_it_open() -> None:
    home = Home(runs=[named(2, status=None), named(1)], clustered={"RUN_1"})
    found = await home.search()
    assert found.run is not None
    assert (found.run.run_id, found.passed, found.unfrozen) == ("RUN_1", 0, 1)


async def test_only_the_newest_runs_are_looked_at() -> None:
    home = Home()
    for number in reversed(range(RUNS_SEARCHED + 5)):
        await home.ended(named(number), NOTHING)
    found = await home.search()
    assert (found.run, found.passed) == (None, RUNS_SEARCHED)
    assert "RUN_0" not in home.looked_at


async def test_a_run_whose_outcome_is_gone_is_named() -> None:
    home = Home()
    await home.ended(named(1), NOTHING)
    home.store.objects.clear()
    with pytest.raises(CliError, match=r"cannot tell whether RUN_1 asked for .*--run RUN"):
        await home.search()


@pytest.mark.parametrize(
    ("search", "words"),
    [
        (Search(None, 0, 0), "x is published, and there was no run yet"),
        (Search(None, 3, 0), "x is published; it was not asked for in the newest 3 runs"),
        (Search(None, 1, 1), "1 run has not frozen its deals yet: ask again in a moment"),
        (Search(None, RUNS_SEARCHED, 0), "--run RUN looks at an older one"),
    ],
)
def test_a_search_in_vain_says_where_it_looked(search: Search, words: str) -> None:
    assert words in not_found(search, "x is published")


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        pytest.param(SNAPSHOT.model_copy(update={"excluded": WITHDRAWN}), "withdrawn", id="withdrawn"),
        pytest.param(CLUSTERING, "too_few", id="too few"),
    ],
)
async def test_what_was_excluded_before_clustering_is_said_before_the_end(
    manifest: Snapshot | Clustering, words: str
) -> None:
    query = stories.SNAPSHOT if isinstance(manifest, Snapshot) else stories.CLUSTERING
    item = DEAL if isinstance(manifest, Snapshot) else TOO_FEW[0]
    home = await Stories().wrote(query, OPEN, manifest)
    told = await stories.tell(home.views, home.store, item, OPEN)
    assert told.reason is not None
    assert (told.state, told.reason.code) == ("excluded", words)
