"""The graph beside k-means on labelled questions, when they are at hand."""

import numpy as np
import pytest

from clustering import group, unbounded
from contracts.settings import ClusterSettings
from tests.clustering.scores import labelled, outliers, purity, rand
from tests.clustering.texts import CLINC, Clinc, clinc

pytestmark = pytest.mark.skipif(not CLINC.exists(), reason="needs ../shared/data/clinc150")

SEEDS = (7, 8)
PURITY, RAND, FOREIGN = 0.875, 0.69, 0.75


@pytest.fixture(scope="module")
def questions() -> Clinc:
    return clinc()


def test_bounded_clusters_are_pure_and_purer_than_those_of_k_means(questions: Clinc) -> None:
    texts = questions.intents

    def pure(method: str, seed: int) -> float:
        wanted = ClusterSettings.model_validate({"clustering_method": method, "seed": seed})
        return purity(np.array(group(texts.vectors, wanted).home), texts.labels)

    by_graph = np.mean([pure("graph", seed) for seed in SEEDS])

    assert by_graph >= PURITY
    assert by_graph > np.mean([pure("kmeans", seed) for seed in SEEDS])


def test_groups_are_found_without_being_told_how_many(questions: Clinc) -> None:
    texts = questions.intents

    def agrees(wanted: ClusterSettings) -> float:
        return rand(labelled(unbounded(texts.vectors, wanted).groups, len(texts.labels)), texts.labels)

    by_graph = np.mean([agrees(ClusterSettings(seed=seed)) for seed in SEEDS])
    true_number = ClusterSettings(clustering_method="kmeans", n_components=150)

    assert by_graph >= RAND
    assert by_graph > agrees(true_number)


def test_foreign_questions_are_far_from_their_neighbours(questions: Clinc) -> None:
    assert outliers(questions.intents.vectors, questions.out_of_scope) > FOREIGN
