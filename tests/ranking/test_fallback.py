"""Queries by rule: they differ, copy no name, and find the cluster that they are about."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.ranking import QueryRules
from ranking.candidate import Candidate, Collection, MiniCluster
from ranking.facts import Facts
from ranking.fallback import fallback_queries, stub_queries
from ranking.lexical import WordEncoder
from ranking.queries import judged
from ranking.query import Query
from ranking.words import WORD, overlap, share_of, words
from tests.ranking.catalogue import collection, shuffled

Writer = Callable[[MiniCluster, Facts, int], tuple[str, ...]]
WRITERS = [pytest.param(fallback_queries, id="fallback"), pytest.param(stub_queries, id="stubs")]
THERE = collection()
FACTS = Facts.of(THERE)


def renamed(there: Collection, name: str) -> Collection:
    return replace(there, candidates=tuple(replace(each, name=name) for each in there.candidates))


def written(writer: Writer, there: Collection, count: int = 8) -> list[Query]:
    facts = Facts.of(there)
    return [
        Query(cluster.cluster_id, text, "fallback", "")
        for cluster in there.clusters
        for text in writer(cluster, facts, count)
    ]


@pytest.mark.parametrize("writer", WRITERS)
def test_every_query_is_kept(writer: Writer) -> None:
    queries = written(writer, THERE)
    encoder = WordEncoder.of([each.text for each in THERE.candidates])

    found = judged(
        THERE, queries, encoder.encode([query.text for query in queries]), QueryRules(top_k=5), wanted=8
    )

    assert found.counts.kept == found.counts.written == 8 * len(THERE.clusters)


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("cluster", [pytest.param(each, id=each.cluster_id) for each in THERE.clusters])
def test_queries_of_a_cluster_differ_and_have_two_to_twenty_words(
    writer: Writer, cluster: MiniCluster
) -> None:
    queries = writer(cluster, FACTS, 10)

    assert len(queries) == 10
    assert all(overlap(words(one), words(other)) < 0.8 for one, other in combinations(queries, 2))
    assert all(2 <= len(WORD.findall(query)) <= 20 for query in queries)


@pytest.mark.parametrize("writer", WRITERS)
@given(seed=st.integers())
def test_the_order_of_members_changes_nothing(writer: Writer, seed: int) -> None:
    cluster = THERE.clusters[0]

    assert writer(shuffled(cluster, seed), FACTS, 10) == writer(cluster, FACTS, 10)


def test_clusters_are_asked_for_in_different_ways() -> None:
    openings = {fallback_queries(cluster, FACTS, 1)[0].split()[0] for cluster in THERE.clusters}

    assert len({query.text for query in written(fallback_queries, THERE)}) == 8 * len(THERE.clusters)
    assert len(openings) > 1


def test_queries_say_what_sets_a_cluster_apart() -> None:
    traits = FACTS.traits_of(THERE.clusters[1])

    assert traits.sector == ("cooking", "food and drink")
    assert (traits.region, traits.medium, traits.audience) == (("USA",), ("site",), ("cooking lovers",))
    assert traits.trait == ("premium quality",)
    assert set(traits.word) <= {"recipes", "kitchens", "desserts", "baking", "spices", "meals"}


@pytest.mark.parametrize("name", ["Sedans Automotive Premium", "Engines", "Sedans on CTV", "Motor drivers"])
@pytest.mark.parametrize("writer", WRITERS)
def test_no_name_is_copied_even_where_it_says_what_things_are(writer: Writer, name: str) -> None:
    there = renamed(THERE, name)

    queries = [query.text for query in written(writer, there)]

    assert queries
    assert all(words(query) != words(name) for query in queries)
    if len(words(name)) > 1:
        assert all(share_of(words(name), words(query)) < 0.8 for query in queries)


def test_words_of_names_are_not_among_the_characteristic_words() -> None:
    there = renamed(THERE, "Engines and gearbox")

    assert not {"engines", "gearbox"} & set(Facts.of(there).traits_of(there.clusters[0]).word)


@pytest.mark.parametrize("writer", WRITERS)
def test_of_what_is_hardly_known_there_are_few_queries(writer: Writer) -> None:
    bare = Candidate("a", "Somebody", "Somebody")
    cluster = MiniCluster("c", "Something", "c", ("a",))
    there = replace(THERE, candidates=(bare,), clusters=(cluster,), vectors=THERE.vectors[:1])

    assert writer(cluster, Facts.of(there), 5) == ()


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        pytest.param("volume: High", ("high volume",), id="a measure"),
        pytest.param("brand safe: yes", ("brand safe",), id="a flag"),
        pytest.param("brand safe: no", (), id="a flag that is down"),
        pytest.param("employees: 1200", (), id="a bare number"),
        pytest.param("owner: Acme Capital", (), id="somebody's name"),
        pytest.param("about: a sentence that goes on and on", (), id="too long"),
        pytest.param("awarded", ("awarded",), id="no value"),
    ],
)
def test_attributes_are_said_as_people_say_them(attribute: str, said: tuple[str, ...]) -> None:
    some = tuple(replace(each, attributes=(attribute,)) for each in THERE.candidates[:10])
    there = replace(THERE, candidates=some, clusters=THERE.clusters[:1], vectors=THERE.vectors[:10])

    assert Facts.of(there).traits_of(there.clusters[0]).trait == said


def test_the_rules_of_a_run_are_kept() -> None:
    strict = Facts.of(THERE, QueryRules(max_characters=30, min_words=4))

    queries = fallback_queries(THERE.clusters[2], strict, 10)

    assert queries
    assert all(len(query) <= 30 and len(words(query)) >= 4 for query in queries)


def test_stubs_can_be_told_from_queries() -> None:
    assert all(query.text.startswith("stub ") for query in written(stub_queries, THERE))
    assert not any("stub" in query.text for query in written(fallback_queries, THERE))
