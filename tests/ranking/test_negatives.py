"""Who is stopped from being a negative, by which guard, and who is not."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from contracts.ranking import NegativeRules
from contracts.ranking_report import GuardCounts
from ranking.candidate import Candidate, Collection, MiniCluster
from ranking.likeness import Likeness, cosines, unit
from ranking.negatives import Found, Ground, Known, find
from ranking.query import Query
from ranking.splitting import Splits
from tests.ranking.made_up import candidate, cluster, collection_of, copies_of, made, positive

QUERY = Query("k", "cars for families", "model", "p")


def in_one_split(collection: Collection) -> Splits:
    return Splits(dict.fromkeys(collection.rows, "train"), dict.fromkeys(collection.by_id, "train"), 1, 1)


def sought(
    collection: Collection,
    near: Sequence[float],
    *,
    known: Sequence[int] = (),
    wanted: int = 99,
    splits: Splits | None = None,
) -> Found:
    likeness = Likeness.of(collection, NegativeRules())
    ground = Ground.of(collection.by_id["k"], collection, likeness, splits or in_one_split(collection))
    return find(likeness, ground, known, np.array(near), margin=0.05, wanted=wanted)


def shelf(
    *others: Candidate, homes: dict[str, str] | None = None, clusters: Sequence[MiniCluster] = ()
) -> Collection:
    """`a` and `b` are what is looked for."""
    core = [
        replace(
            candidate(one, f"what is {one}"), sectors=("cars",), regions=("DE",), attributes=(f"size: {one}",)
        )
        for one in "ab"
    ]
    return collection_of(
        [*core, *others], [cluster("k", "a", "b"), *clusters], homes={"a": "k", "b": "k"} | (homes or {})
    )


class TestGuards:
    def test_a_stranger_passes(self) -> None:
        found = sought(shelf(candidate("x", sectors=("cars",))), [0.9, 0.9, 0.5])

        assert found == Found((2,), GuardCounts(passed=1, missing=98))

    def test_members_are_not_looked_at(self) -> None:
        assert sought(shelf(), [0.9, 0.9]) == Found((), GuardCounts(missing=99))

    def test_a_known_positive_is_stopped(self) -> None:
        found = sought(shelf(candidate("x"), candidate("y")), [0.9, 0.9, 0.5, 0.4], known=[2])

        assert found == Found((3,), GuardCounts(known_positive=1, passed=1, missing=98))

    @pytest.mark.parametrize(
        ("homes", "clusters"),
        [
            pytest.param({"x": "k"}, (), id="at home there"),
            pytest.param({}, (cluster("l", "x", home="k"),), id="in a cluster that is at home there"),
            pytest.param(
                {}, (cluster("l", around=("x",), home="k"),), id="around a cluster that is at home there"
            ),
        ],
    )
    def test_what_belongs_to_the_same_home_is_stopped(
        self, homes: dict[str, str], clusters: Sequence[MiniCluster]
    ) -> None:
        collection = shelf(candidate("x"), homes=homes, clusters=clusters)

        assert sought(collection, [0.9, 0.9, 0.5]).counts == GuardCounts(same_cluster=1, missing=99)

    def test_a_near_duplicate_of_a_member_is_stopped(self) -> None:
        found = sought(shelf(candidate("x", "What is: a")), [0.9, 0.9, 0.5])

        assert found.counts == GuardCounts(near_duplicate=1, missing=99)

    def test_a_near_duplicate_of_a_known_positive_is_stopped(self) -> None:
        collection = shelf(candidate("x", "some thing"), candidate("y", "thing, some"))

        assert sought(collection, [0.9, 0.9, 0.5, 0.5], known=[2]).counts == GuardCounts(
            known_positive=1, near_duplicate=1, missing=99
        )

    def test_who_has_the_attributes_of_the_core_is_stopped(self) -> None:
        alike = candidate("x", sectors=("cars",), regions=("DE",), attributes=("size: b",))

        assert sought(shelf(alike), [0.9, 0.9, 0.5]).counts == GuardCounts(same_attributes=1, missing=99)

    @pytest.mark.parametrize(
        ("near", "stopped"),
        [pytest.param(0.77, 1, id="too close"), pytest.param(0.75, 0, id="far enough")],
    )
    def test_who_is_as_close_as_the_positives_is_stopped(self, near: float, stopped: int) -> None:
        """Median 0.8: the limit is 0.76."""
        assert sought(shelf(candidate("x")), [0.9, 0.7, near]).counts.too_close == stopped

    def test_where_positives_are_not_near_at_all_closeness_says_nothing(self) -> None:
        assert sought(shelf(candidate("x")), [-0.1, 0.1, 0.9]).counts.passed == 1

    def test_each_is_counted_by_the_first_guard_that_stops_it(self) -> None:
        all_at_once = candidate("x", "what is a", sectors=("cars",), regions=("DE",), attributes=("size: a",))
        collection = shelf(all_at_once, homes={"x": "k"})

        assert sought(collection, [0.9, 0.9, 0.9], known=[2]).counts == GuardCounts(
            known_positive=1, missing=99
        )
        assert sought(collection, [0.9, 0.9, 0.9]).counts == GuardCounts(same_cluster=1, missing=99)


class TestSearch:
    def test_the_hardest_come_first_and_looking_stops_when_there_are_enough(self) -> None:
        collection = shelf(*(candidate(one, sectors=("cars",)) for one in "vwxyz"))

        found = sought(collection, [0.9, 0.9, 0.1, 0.3, 0.89, 0.3, 0.5], wanted=2)

        assert found == Found((6, 3), GuardCounts(too_close=1, passed=2))

    def test_those_of_another_sector_and_region_come_last(self) -> None:
        related = (candidate("x", sectors=("cars",)), candidate("y", regions=("DE",)))
        collection = shelf(candidate("w", sectors=("food",)), *related)

        assert sought(collection, [0.9, 0.9, 0.5, 0.1, 0.2]).rows == (4, 3, 2)

    def test_those_of_another_split_are_not_looked_at(self) -> None:
        collection = shelf(candidate("x"), candidate("y"))
        splits = Splits(
            {"a": "test", "b": "test", "x": "train", "y": "test"}, {"k": "test"}, components=3, largest=2
        )

        assert sought(collection, [0.9, 0.9, 0.5, 0.4], splits=splits).rows == (3,)

    def test_positives_of_another_split_do_not_count_as_close(self) -> None:
        collection = shelf(candidate("x"))
        splits = Splits({"a": "test", "b": "train", "x": "test"}, {"k": "test"}, components=3, largest=1)

        assert sought(collection, [0.1, 0.9, 0.5], splits=splits).counts.too_close == 1

    def test_where_none_are_wanted_none_are_looked_at(self) -> None:
        assert sought(shelf(candidate("x")), [0.9, 0.9, 0.5], wanted=0) == Found((), GuardCounts())


class TestKnown:
    def test_it_is_known_of_the_cluster_and_of_the_text(self) -> None:
        collection = shelf(candidate("x"), candidate("y"), candidate("z"))
        known = Known.of(
            [
                positive("x", "k"),
                positive("y", "other", query=QUERY.text),
                positive("z", "other"),
                positive("gone", "k"),
                replace(positive("z", "k"), grade=1),
            ]
        )

        assert known.to(QUERY, collection) == [2, 3]

    def test_of_no_records_nothing_is_known(self) -> None:
        assert Known.of([]).to(QUERY, shelf()) == []


def test_every_planted_copy_is_stopped_and_counted() -> None:
    """A copy for the cluster of its original, and an original for that of its copy."""
    shop, planted = made(copies=14), copies_of(25, 14)
    likeness = Likeness.of(shop.collection, NegativeRules())
    units, rows, splits = unit(shop.collection.vectors), shop.collection.rows, in_one_split(shop.collection)
    for query, vector in zip(shop.queries, shop.vectors, strict=True):
        group = shop.collection.by_id[query.cluster_id]
        found = find(
            likeness,
            Ground.of(group, shop.collection, likeness, splits),
            (),
            cosines(units, vector),
            margin=0.05,
            wanted=len(rows),
        )
        copies = {one.candidate_id for one in planted if one.of in group.members}
        originals = {one.of for one in planted if one.candidate_id in group.members}

        assert found.counts.near_duplicate == len(copies | originals)
        assert not {rows[one] for one in copies | originals} & set(found.rows)
        assert len(found.rows) == len(rows) - len(group.members) - len(copies | originals)
