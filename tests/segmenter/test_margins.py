"""Margins on a few products in a plane."""

from collections.abc import Sequence

import numpy as np
import pytest

from segmenter.domain.margins import Space, boundary, far_from, likeness, margins, sums_of

EAST, NORTH, WEST = 0.0, 90.0, 180.0
FAR = 0.3


def space(
    degrees: Sequence[float], labels: Sequence[int], categories: int = 3, outside: int | None = None
) -> Space:
    angles = np.radians(degrees)
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    return Space(vectors, np.array(labels, np.intp), categories, outside)


def test_a_product_among_its_own_has_a_wide_margin_and_one_elsewhere_a_negative_one() -> None:
    here = space([EAST, EAST, NORTH, NORTH, NORTH], [0, 0, 1, 1, 0])

    found = margins(here, FAR)

    assert (found[:4] > 0.5).all()
    assert found[4] < -0.5


def test_nobody_speaks_for_himself() -> None:
    """Of two products, the one that is away is not drawn to the centre that it moves itself."""
    here = space([EAST, NORTH, NORTH], [0, 0, 1])

    assert margins(here, FAR)[1] == pytest.approx(0 - 1)


def test_a_product_alone_in_its_category_belongs_there_as_far_as_it_is_from_others() -> None:
    here = space([EAST, EAST, NORTH], [0, 0, 1])

    assert margins(here, FAR)[2] == pytest.approx(FAR - 0)


def test_two_products_alone_in_equal_places_belong_nowhere() -> None:
    assert margins(space([EAST, EAST], [0, 1]), FAR) == pytest.approx([FAR - 1, FAR - 1])


def test_what_is_out_of_scope_belongs_there_as_far_as_it_is_from_every_category() -> None:
    here = space([EAST, EAST, NORTH, WEST, EAST], [0, 0, 1, 2, 2], outside=2)

    found = margins(here, FAR)

    assert found[3] == pytest.approx(FAR - 0)  # from north
    assert found[4] == pytest.approx(FAR - 1)  # right in the east


def test_no_product_is_nearer_to_what_is_out_of_scope() -> None:
    here = space([EAST, EAST, NORTH, NORTH, NORTH], [0, 0, 2, 2, 0], outside=2)

    assert margins(here, FAR)[4] == pytest.approx(0 - -1)  # there is no other category to be near to


def test_an_empty_category_is_near_to_nothing() -> None:
    full = space([EAST, EAST, NORTH, NORTH], [0, 0, 1, 1], categories=2)
    with_empty = space([EAST, EAST, NORTH, NORTH], [0, 0, 2, 2], categories=4)

    assert margins(with_empty, FAR) == pytest.approx(margins(full, FAR))
    assert likeness(with_empty, np.arange(4))[:, [1, 3]].tolist() == [[-1.0, -1.0]] * 4
    assert sums_of(with_empty).counts.tolist() == [2, 0, 2, 0]


def test_one_category_alone_has_the_widest_margins() -> None:
    assert margins(space([EAST, EAST], [0, 0], categories=1), FAR) == pytest.approx([2.0, 2.0])


def test_some_rows_have_the_margins_that_they_have_among_all() -> None:
    here = space([EAST, 20, NORTH, 70, WEST], [0, 0, 1, 1, 2])
    rows = np.array([3, 0])

    assert margins(here, FAR, rows) == pytest.approx(margins(here, FAR)[rows])


def test_without_products_there_is_nothing_to_measure() -> None:
    here = space([], [], categories=2)

    assert margins(here, FAR).tolist() == []
    assert far_from(here) == 0.0


def test_what_counts_as_far_is_what_few_are_farther_than() -> None:
    alone = space([EAST, NORTH], [0, 1])
    together = space([EAST] * 9 + [NORTH] * 10 + [WEST], [0] * 9 + [1] * 10 + [2], outside=2)

    assert far_from(alone) == 0.0
    assert far_from(together) == pytest.approx(1.0)


def test_the_boundary_is_the_least_margins_and_equal_ones_in_order() -> None:
    found = np.array([0.5, 0.1, 0.3, 0.1, 0.1])

    assert boundary(found, 0.4).tolist() == [1, 3]
    assert boundary(found, 0.0).tolist() == []
    assert boundary(found, 0.01).tolist() == [1]
    assert boundary(found, 1.0).tolist() == [0, 1, 2, 3, 4]
