"""Demo deals with real vectors: counts as they are promised, and the page that tells of them."""

import numpy as np
import pytest

from bench.scenarios import PAGE, Deals, embedded, rows
from cli.planning.shapes import Shape, shape_of
from clustering import group
from contracts.settings import ClusterSettings

COUNT = 804


@pytest.fixture(scope="module")
def deals() -> Deals:
    return embedded(COUNT)


def shape(deals: Deals, **moved: float) -> Shape:
    return shape_of(deals.first(COUNT), ClusterSettings.model_validate(moved))


def told(count: str, settings: str) -> list[str]:
    """The row of the page for these settings."""
    section = PAGE.read_text("utf-8").split(f"## {count} deals")[1].split("##")[0]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines() if "|" in line]
    return next(row for row in cells[2:] if row[1].replace("`", "") == settings)


def test_clusters_of_the_defaults_have_their_number_and_sizes(deals: Deals) -> None:
    made = shape(deals)

    assert min(made.sizes) >= 5
    assert max(made.sizes) <= 25
    assert 35 <= made.clusters <= 60
    assert 15 <= made.mean_homes <= 20
    assert made.left == 0


def test_overlap_grows_as_the_threshold_falls(deals: Deals) -> None:
    at = {threshold: shape(deals, probability_threshold=threshold).overlap for threshold in (0.3, 0.2, 0.1)}

    assert 0.05 <= at[0.3] <= 0.35
    assert at[0.3] < at[0.2] < at[0.1]


def test_the_order_in_which_deals_came_changes_nothing(deals: Deals) -> None:
    def clusters(arrived: list[int]) -> list[list[str]]:
        rows_by_name = sorted(arrived, key=deals.item_ids.__getitem__)
        made = group(deals.vectors[rows_by_name], ClusterSettings())
        return [[deals.item_ids[rows_by_name[row]] for row in cluster] for cluster in made.clusters]

    expected = clusters(list(range(COUNT)))
    for seed in range(5):
        assert clusters(np.random.default_rng(seed).permutation(COUNT).tolist()) == expected


def test_the_page_tells_what_is_computed(deals: Deals) -> None:
    if f"`{deals.model}`" not in PAGE.read_text("utf-8"):
        pytest.skip("the page was made with another computation of the model")

    computed, row = next(rows(deals.first(COUNT))), told("804", "")
    assert float(computed[6].rstrip("%")) == pytest.approx(float(row[6].rstrip("%")), abs=2)
    # Texts that were embedded together share a length: in another company, a vector has other last bits.
    assert float(computed[2]) == pytest.approx(float(row[2]), abs=2)


@pytest.mark.parametrize("count", ["200", "804", "2,000"])
def test_settings_move_the_counts_the_way_they_should(count: str) -> None:
    def clusters(settings: str) -> int:
        return int(told(count, settings)[2])

    usual = clusters("")
    assert clusters("max_deals_per_cluster=40") < usual < clusters("max_deals_per_cluster=18")
    assert clusters("max_deals_per_cluster=18") <= clusters("max_deals_per_cluster=15")
    assert clusters("max_deals_per_cluster=15, min_cluster_size=3") >= clusters("max_deals_per_cluster=15")
    assert usual < clusters("n_components=50") <= clusters("n_components=60")
