"""The proof counts anew: what is planted in records is found, whoever made them."""

from dataclasses import replace

import pytest

from contracts.ranking import NegativeRules
from contracts.ranking_report import Proof
from ranking.assembling import Dataset, assemble
from ranking.proving import proved
from ranking.record import Record
from tests.ranking.made_up import Copy, Made, candidate, collection_of, copies_of, made, positive, settings_of

RULES = NegativeRules()


def negative(candidate_id: str, query: str = "older") -> Record:
    return replace(positive(candidate_id, "k", query=query), grade=0, reason="other")


@pytest.fixture(scope="module")
def shop() -> Made:
    return made(copies=14)


@pytest.fixture(scope="module")
def dataset(shop: Made) -> Dataset:
    return assemble(
        shop.collection, shop.collection.clusters, shop.queries, shop.vectors, settings_of(), source="graph"
    )


def tampered(dataset: Dataset, cluster_id: str, candidate_id: str) -> tuple[Record, ...]:
    """The first negative of a cluster is another candidate."""
    place = next(
        at for at, one in enumerate(dataset.records) if one.cluster_id == cluster_id and not one.label
    )
    other = replace(dataset.records[place], candidate_id=candidate_id)
    return (*dataset.records[:place], other, *dataset.records[place + 1 :])


def test_what_was_made_is_clean(shop: Made, dataset: Dataset) -> None:
    assert proved(shop.collection, dataset.records, RULES) == dataset.report.proof
    assert dataset.report.proof.holds


@pytest.mark.parametrize("copy", copies_of(25, 14), ids=lambda copy: copy.candidate_id)
def test_a_planted_copy_is_found(shop: Made, dataset: Dataset, copy: Copy) -> None:
    records = tampered(dataset, f"k{copy.of[1:4]}", copy.candidate_id)
    proof = proved(shop.collection, records, RULES)

    assert (proof.duplicate_negatives, proof.positive_negatives) == (1, 0)
    assert not proof.holds
    assert proof.nearest > 0.97


def test_a_planted_positive_is_found(shop: Made, dataset: Dataset) -> None:
    proof = proved(shop.collection, tampered(dataset, "k003", "c003-01"), RULES)

    assert proof.positive_negatives == 1
    assert not proof.holds
    assert proof.nearest == 1


def test_positives_of_the_same_text_count_whatever_cluster_they_are_of() -> None:
    collection = collection_of([candidate("a"), candidate("b")], ())
    records = [positive("a", "k"), negative("b"), positive("b", "another")]

    assert proved(collection, records, RULES) == Proof(
        queries=1, negatives=1, pairs=2, positive_negatives=1, nearest=1
    )


def test_the_same_words_are_a_duplicate_whatever_the_vectors_say() -> None:
    collection = collection_of([candidate("a", "one two"), candidate("b", "Two, one!")], ())

    assert proved(collection, [positive("a", "k"), negative("b")], RULES).duplicate_negatives == 1


def test_other_queries_do_not_matter() -> None:
    collection = collection_of([candidate("a"), candidate("b")], ())
    records = [positive("a", "k"), negative("b"), positive("b", "m", query="another")]

    assert proved(collection, records, RULES) == Proof(queries=2, negatives=1, pairs=1)


def test_candidates_that_are_gone_are_compared_by_id() -> None:
    collection = collection_of([candidate("a")], ())
    records = [positive("gone", "k"), negative("gone"), negative("a")]

    assert proved(collection, records, RULES) == Proof(queries=1, negatives=2, pairs=2, positive_negatives=1)


def test_of_nothing_it_holds() -> None:
    assert proved(collection_of([candidate("a")], ()), [], RULES) == Proof()
