"""A grouping that follows its deals: what changed is placed, what did not is left alone."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clustering import Grouping, Regrouping, group, regroup
from contracts.settings import ClusterSettings
from tests.clustering.vectors import Vectors, apart, blobs, check, sizes


@dataclass(frozen=True, slots=True)
class Change:
    """The earlier grouping of the rows that are present now, and what changed since."""

    vectors: Vectors
    base: list[list[int]]
    homes: list[int]
    moved: list[int]
    hit: set[int]  # base clusters that held a changed or withdrawn row

    def made(self, wanted: ClusterSettings) -> Regrouping:
        return regroup(self.vectors, self.base, self.homes, self.moved, wanted)


def change(
    before: Vectors, earlier: Grouping, *, gone: set[int], altered: set[int], now: Vectors, new: Vectors
) -> Change:
    stays = [row for row in range(len(before)) if row not in gone]
    place = {row: at for at, row in enumerate(stays)}
    base = [[place[r] for r in c if r not in gone | altered] for c in earlier.clusters]
    homes = [-1 if row in altered else earlier.home[row] for row in stays] + [-1] * len(new)
    moved = [place[row] for row in sorted(altered)] + list(range(len(stays), len(stays) + len(new)))
    hit = {at for at, cluster in enumerate(earlier.clusters) if (gone | altered) & set(cluster)}
    return Change(np.concatenate([now[stays], new]), base, homes, moved, hit)


def touched(change: Change, made: Regrouping) -> tuple[int, int]:
    """Clusters formed anew, and those that held a changed row before or hold one now."""
    intact = [at for at in made.kept if at not in change.hit]
    moved = set(change.moved)
    now = {_earlier(change, cluster) for cluster in made.grouping.clusters if moved & set(cluster)}
    return len(made.grouping.clusters) - len(intact), len(change.hit | now)


def _earlier(change: Change, cluster: list[int]) -> int:
    """The base cluster that most of its rows were at home in."""
    return Counter(change.homes[row] for row in cluster if change.homes[row] >= 0).most_common(1)[0][0]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_row_is_lost_and_sizes_hold_whatever_changes(data: st.DataObject) -> None:
    low = data.draw(st.integers(1, 6), "low")
    high = data.draw(st.integers(max(low, 2 * low - 1), 25), "high")
    wanted = sizes(low, high, neighbours=6)
    before = blobs(data.draw(st.lists(st.integers(1, 30), min_size=1, max_size=6), "blobs"), spread=0.5)
    rows = st.integers(0, len(before) - 1)
    gone = data.draw(st.sets(rows), "gone")
    altered = data.draw(st.sets(rows), "altered") - gone
    new = blobs([data.draw(st.integers(0, 40), "new"), 1], seed=9, spread=0.5)[:-1]
    other = blobs([len(before)], seed=5, spread=1)
    now = before.copy()
    now[sorted(altered)] = other[sorted(altered)]
    changed = change(before, group(before, wanted), gone=gone, altered=altered, now=now, new=new)

    made = changed.made(wanted)

    check(made.grouping, len(changed.vectors), wanted)
    assert [made.grouping.clusters[at] for at, base in enumerate(made.source) if base >= 0] == [
        changed.base[base] for base in made.source if base >= 0
    ]
    assert made == changed.made(wanted)
    if len(changed.vectors) >= low:
        assert made.grouping.left == []


def test_nothing_changed_keeps_every_cluster() -> None:
    vectors = blobs([18] * 10, spread=0.7)
    earlier = group(vectors, ClusterSettings())

    made = regroup(vectors, earlier.clusters, earlier.home, [], ClusterSettings())

    assert made.grouping.clusters == earlier.clusters
    assert made.grouping.home == earlier.home
    assert made.kept == made.source == list(range(len(earlier.clusters)))


def test_a_new_row_goes_to_the_cluster_it_is_like() -> None:
    base = [list(range(12)), list(range(12, 24)), list(range(24, 35))]

    made = regroup(blobs([12, 12, 12]), base, [0] * 12 + [1] * 12 + [2] * 11 + [-1], [35], apart(5, 25))

    assert made.grouping.clusters == [list(range(12)), list(range(12, 24)), list(range(24, 36))]
    assert made.source == [0, 1, -1]


def test_a_cluster_that_becomes_too_large_is_cut_and_the_others_stay() -> None:
    vectors = blobs([12, 12, 26])
    earlier = group(vectors[:-1], apart(5, 25))

    made = regroup(vectors, earlier.clusters, [*earlier.home, -1], [49], apart(5, 25))

    assert made.kept == [0, 1]
    assert sum(len(cluster) for cluster in made.grouping.clusters) == 50
    assert len(made.grouping.clusters) == 4


def test_a_cluster_that_becomes_too_small_joins_its_nearest() -> None:
    vectors = blobs([12, 12, 4])
    base = [list(range(12)), list(range(12, 24)), list(range(24, 28))]

    made = regroup(vectors, base, [0] * 12 + [1] * 12 + [2] * 4, [], apart(5, 25))

    assert len(made.grouping.clusters) == 2
    assert len(made.kept) == 1


def test_fewer_rows_than_the_minimum_are_left() -> None:
    made = regroup(blobs([3]), [[0, 1, 2], []], [0, 0, 0], [], apart(5, 25))

    assert made.grouping == Grouping([], [0, 1, 2], [-1, -1, -1], 2)


def test_without_earlier_clusters_all_is_grouped() -> None:
    vectors = blobs([12, 12, 12])

    made = regroup(vectors, [], [-1] * 36, list(range(36)), ClusterSettings())

    assert made.grouping == group(vectors, ClusterSettings())
    assert set(made.source) == {-1}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("share", [0.005, 0.02, 0.1])
def test_few_more_clusters_are_touched_than_hold_a_changed_row(share: float, seed: int) -> None:
    vectors = blobs([18] * 45, dim=32, spread=0.8, seed=seed)
    chance = np.random.default_rng(seed)
    order = chance.permutation(len(vectors))
    count = max(1, int(share * len(vectors)))
    before, new = vectors[np.sort(order[count:])], vectors[np.sort(order[:count])]
    rows = chance.permutation(len(before))
    gone, altered = set(rows[:count].tolist()), set(rows[count : 2 * count].tolist())
    now = before.copy()
    now[sorted(altered)] = before[np.roll(sorted(altered), 1)]
    changed = change(before, group(before, ClusterSettings()), gone=gone, altered=altered, now=now, new=new)

    formed, holding = touched(changed, changed.made(ClusterSettings()))

    assert formed <= 1.3 * holding
