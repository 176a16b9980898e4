"""What is alike is measured by what is usual in the catalogue."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bundling.catalog import Catalog, Index
from bundling.likeness import Likeness
from tests.bundling.shops import Plan, plans, product, unit


def catalog(vectors: object) -> Catalog:
    rows = np.asarray(vectors, np.float64)
    return Catalog.of([product(f"p{n:04}") for n in range(len(rows))], unit(rows.tolist()))


def rows(*places: int) -> Index:
    return np.array(places, np.int32)


def cloud(near: float, count: int = 60) -> Catalog:
    """All products lie closer to each other the larger `near` is."""
    random = np.random.default_rng(3)
    return catalog(random.normal(size=(count, 8)) + near * np.ones(8))


@pytest.mark.parametrize("near", [0.0, 1.0, 5.0, 30.0])
def test_about_half_of_a_catalogue_complements_a_product_however_close_all_are(near: float) -> None:
    of = cloud(near)
    likeness = Likeness.of(of)
    everything = np.arange(of.size, dtype=np.int32)
    shares = [
        len(likeness.complements(row, everything[everything != row])) / (of.size - 1)
        for row in range(of.size)
    ]
    assert 0.45 < np.mean(shares) < 0.52


def test_the_same_product_again_is_no_complement() -> None:
    vectors = np.random.default_rng(1).normal(size=(40, 6))
    vectors[1] = vectors[0]
    likeness = Likeness.of(catalog(vectors))
    assert 1 not in likeness.complements(0, rows(*range(1, 40)))
    assert likeness.fit(0, rows(1))[0] == pytest.approx(0, abs=1e-3)


def test_fit_rises_to_the_upper_edge_of_the_band_and_falls_behind_it() -> None:
    likeness = Likeness(unit([[1, 0], [1, 2], [1, 1], [4, 3], [10, 1]]), low=0.4, high=0.8)
    fits = likeness.fit(0, rows(1, 2, 3, 4, 0)).tolist()
    assert fits[0] < fits[1] < fits[2]
    assert fits[2] == pytest.approx(1, abs=1e-6)
    assert fits[2] > fits[3] > fits[4] == pytest.approx(0, abs=1e-5)


def test_the_lower_edge_is_worth_half() -> None:
    likeness = Likeness(unit([[1, 0], [3, 4]]), low=0.6, high=0.9)
    assert likeness.fit(0, rows(1))[0] == pytest.approx(0.5, abs=1e-6)


def test_a_large_catalogue_is_sampled_evenly() -> None:
    vectors = np.random.default_rng(2).normal(size=(1500, 5))
    of = catalog(vectors)
    cosines = (of.vectors @ of.vectors.T)[np.triu_indices(1500, 1)]
    likeness = Likeness.of(of)
    assert likeness.low == pytest.approx(float(np.quantile(cosines, 0.5)), abs=0.03)
    assert likeness.high == pytest.approx(float(np.quantile(cosines, 0.99)), abs=0.03)


def test_without_texts_nothing_complements_anything() -> None:
    of = Catalog.of([product("a"), product("b")], np.empty((2, 0), np.float32))
    likeness = Likeness.of(of)
    assert likeness.complements(0, rows(1)).tolist() == []
    assert likeness.fit(0, rows(1)).tolist() == [0.0]
    assert likeness.of_set((0, 1)) == 0


def test_the_fit_of_a_set_is_that_of_its_pairs() -> None:
    likeness = Likeness.of(cloud(1.0, 10))
    pairs = [(0, 4), (0, 7), (4, 7)]
    expected = np.mean([likeness.fit(one, rows(other))[0] for one, other in pairs])
    assert likeness.of_set((0, 4, 7)) == pytest.approx(expected)


@settings(max_examples=60)
@given(plans(), st.data())
def test_every_fit_is_a_share(plan: Plan, data: st.DataObject) -> None:
    of = plan.built().catalog
    likeness = Likeness.of(of)
    if of.size > 1:
        chosen = data.draw(st.lists(st.integers(0, of.size - 1), min_size=2, max_size=5, unique=True))
        assert 0 <= likeness.of_set(tuple(chosen)) <= 1
