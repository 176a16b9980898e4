"""Which queries are kept, and what a model is told of the others."""

import numpy as np
import pytest

from contracts.ranking import MadeBy, QueryRules
from contracts.ranking_report import QueryCounts
from ranking.candidate import Candidate, Collection, MiniCluster
from ranking.queries import Judged, Names, complaints, judged
from ranking.query import Query
from tests.ranking.made_up import collection_of, made

NEAR, FAR = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)
RULES = QueryRules(top_k=2)


def shops() -> Collection:
    """Two clusters of two; `around` is nearest to what is asked, and of no core."""
    names = {
        "a": "Blue Ocean Deal",
        "b": "Sportify",
        "c": "Night News",
        "d": "Corner",
        "around": "Odd One Out",
    }
    vectors = {
        "a": (0.9, 0.1, 0.0),
        "b": (0.8, 0.3, 0.0),
        "c": (0.1, 0.9, 0.0),
        "d": (0.2, 0.9, 0.1),
        "around": NEAR,
    }
    clusters = [
        MiniCluster("k", "Summer Cars Package", "k", ("a", "b"), ("around",)),
        MiniCluster("m", "Evening", "m", ("c", "d")),
    ]
    return collection_of([Candidate(one, names[one], one) for one in names], clusters, vectors=vectors)


def judge(
    *texts: str,
    cluster_id: str = "k",
    vector: tuple[float, ...] = NEAR,
    rules: QueryRules = RULES,
    wanted: int = 9,
) -> Judged:
    queries = [Query(cluster_id, text, "model", "p") for text in texts]
    return judged(shops(), queries, np.array([vector] * len(texts), np.float32), rules, wanted)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("cars", id="one word"),
        pytest.param("cars CARS", id="one word twice"),
        pytest.param("", id="nothing"),
        pytest.param("cars " * 50, id="one word many times"),
        pytest.param("cheap cars " + "x" * 200, id="too many characters"),
        pytest.param("12 34 56", id="no letters"),
    ],
)
def test_what_has_no_form_is_not_kept(text: str) -> None:
    assert judge(text).counts == QueryCounts(written=1, malformed=1)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("package summer cars", id="all of the cluster's and nothing else"),
        pytest.param("some blue ocean deal", id="a member's"),
        pytest.param("one odd thing out", id="one of those around"),
    ],
)
def test_what_holds_the_words_of_a_name_has_copied_it(text: str) -> None:
    assert judge(text).counts == QueryCounts(written=1, copied_name=1)


def test_a_query_may_come_near_to_the_name_of_its_cluster_which_no_text_holds() -> None:
    assert judge("summer cars package please").counts.kept == 1


def test_a_name_of_one_word_may_stand_in_a_query_and_not_be_all_of_it() -> None:
    assert judge("ads on sportify").counts.kept == 1
    assert judge("Sportify!", rules=QueryRules(min_words=1)).counts.copied_name == 1


def test_a_part_of_a_name_may_stand_in_a_query() -> None:
    assert judge("summer cars for families").counts.kept == 1


def test_a_name_of_another_cluster_may_stand_in_a_query() -> None:
    assert judge("night news for drivers").counts.kept == 1


def test_the_same_in_other_words_is_a_duplicate_within_a_cluster() -> None:
    said = judge(
        "cars for big families with dogs", "cars for big families with dogs now", "Dogs with families"
    )

    assert said.counts == QueryCounts(written=3, kept=2, duplicate=1)
    assert said.kept == (0, 2)


def test_only_the_very_same_words_are_a_duplicate_of_another_cluster() -> None:
    texts = (
        "cars for big families with dogs",
        "Dogs with big families, for cars",
        "cars for big families with cats",
    )
    queries = [Query("k" if place == 0 else "m", text, "model", "p") for place, text in enumerate(texts)]
    vectors = np.array([NEAR, FAR, FAR], np.float32)

    said = judged(shops(), queries, vectors, RULES, 9)

    assert said.counts == QueryCounts(written=3, kept=2, duplicate=1)
    assert said.kept == (0, 2)


def test_what_exists_already_is_a_duplicate() -> None:
    queries = [Query("k", "cars for families", "model", "p")]
    vectors = np.array([NEAR], np.float32)

    said = judged(shops(), queries, vectors, RULES, 9, taken=["Families, for cars"])

    assert said.counts == QueryCounts(written=1, duplicate=1)


def test_a_query_that_does_not_find_its_cluster_is_lost() -> None:
    assert judge("cars for families", vector=FAR).counts == QueryCounts(written=1, lost=1)


@pytest.mark.parametrize(
    ("top_k", "kept"), [pytest.param(1, 0, id="around is nearer"), pytest.param(2, 1, id="next")]
)
def test_only_the_core_is_found(top_k: int, kept: int) -> None:
    assert judge("cars for families", rules=QueryRules(top_k=top_k)).counts.kept == kept


def test_of_equally_near_candidates_the_first_row_comes_first() -> None:
    held = [Candidate(one, one, one) for one in "abc"]
    clusters = [MiniCluster("k", "k", "k", ("b",)), MiniCluster("m", "m", "m", ("a", "c"))]
    collection = collection_of(held, clusters, vectors=dict.fromkeys("abc", NEAR))
    queries = [Query("k", "cars for families", "model", "p"), Query("m", "boats for families", "model", "p")]

    said = judged(collection, queries, np.array([NEAR, NEAR], np.float32), QueryRules(top_k=1), 9)

    assert said.kept == (1,)


def test_without_a_core_nothing_is_found() -> None:
    clusters = [MiniCluster("k", "k", "k", (), ("a",))]
    collection = collection_of([Candidate("a", "a", "a")], clusters, vectors={"a": NEAR})
    queries = [Query("k", "cars for families", "model", "p")]

    assert judged(collection, queries, np.array([NEAR], np.float32), RULES, 9).counts.lost == 1


def test_one_more_than_asked_for_is_spare_and_a_bad_one_is_not() -> None:
    said = judge("cars for dogs", "boats for cats", "trains for mice", "x", wanted=2)

    assert said.counts == QueryCounts(written=4, kept=2, spare=1, malformed=1)


def test_those_made_without_a_model_are_counted() -> None:
    made_by: list[MadeBy] = ["fallback", "stub", "stub", "model"]
    texts = ("cars for dogs", "boats for cats", "trains for mice", "planes for ants")
    queries = [Query("k", text, by, "p") for text, by in zip(texts, made_by, strict=True)]
    vectors = np.array([NEAR] * 4, np.float32)

    counts = judged(shops(), queries, vectors, RULES, 3).counts

    assert (counts.kept, counts.fallback, counts.stub) == (3, 1, 2)


@pytest.mark.parametrize("seed", range(5))
def test_how_clusters_meet_does_not_matter(seed: int) -> None:
    one = made(clusters=8, queries=6)
    other = one.shuffled(seed)
    first = judged(one.collection, one.queries, one.vectors, QueryRules(), 4)
    second = judged(other.collection, other.queries, other.vectors, QueryRules(), 4)

    assert [one.queries[place] for place in first.kept] == [other.queries[place] for place in second.kept]
    assert first.counts == second.counts
    assert first.counts.kept == 8 * 4


class TestComplaints:
    NAMES = Names.of(["Summer Cars Package", "Sportify"])

    def test_of_a_fine_answer_there_are_none(self) -> None:
        assert complaints(["cars for families", "boats for cats"], 2, self.NAMES, RULES) == []

    @pytest.mark.parametrize(
        ("said", "wanted", "words"),
        [
            pytest.param(["cars for dogs"], 2, None, id="too few"),
            pytest.param(["cars"], 1, "query 1 has fewer than 2 different words", id="too short"),
            pytest.param(["cars for " + "x" * 200], 1, "query 1 has more than 200 characters", id="too long"),
            pytest.param(["1 2 3"], 1, "query 1 has no letters", id="no letters"),
            pytest.param(
                ["a dog", "cars for dogs", "dogs for cars"],
                3,
                "query 3 says the same as query 2",
                id="the same twice",
            ),
            pytest.param(
                ["the summer cars package"],
                1,
                "query 1 copies the name 'Summer Cars Package': say what is looked for instead",
                id="a copied name",
            ),
        ],
    )
    def test_it_is_said_which_query_is_wrong_and_how(
        self, said: list[str], wanted: int, words: str | None
    ) -> None:
        sound = len(said) - (words is not None)
        few = f"{sound} of {len(said)} queries can be used, {wanted} are wanted"
        assert complaints(said, wanted, self.NAMES, RULES) == [few, *([words] if words else [])]

    def test_where_enough_can_be_used_nobody_complains(self) -> None:
        said = ["cars for families", "the summer cars package", "boats for cats"]

        assert complaints(said, 2, self.NAMES, RULES) == []

    def test_whoever_follows_them_is_kept(self) -> None:
        said = ["cars for families", "summer cars package", "boats for cats"]
        names = Names.of([shops().by_id["k"].name])

        [_, copied] = complaints(said, 3, names, RULES)
        assert "copies the name" in copied
        assert judge(*said).counts.copied_name == 1
