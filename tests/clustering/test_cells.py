"""Many rows are divided into cells, each small enough to be clustered alone."""

import numpy as np
import pytest

from clustering import cells
from contracts.settings import ClusterSettings
from tests.clustering.vectors import blobs


@pytest.mark.parametrize(
    ("rows", "expected"), [pytest.param(0, [], id="none"), pytest.param(3, [3], id="few")]
)
def test_few_rows_are_one_cell(rows: int, expected: list[int]) -> None:
    found = cells(np.ones((rows, 4), np.float32), ClusterSettings())

    assert [len(cell) for cell in found] == expected


@pytest.mark.parametrize("spread", [0.0, 0.3])
def test_every_row_is_in_one_cell_of_a_bounded_size(spread: float) -> None:
    vectors = blobs([17] * 120, spread=spread)

    found = cells(vectors, ClusterSettings(cell_deals=500))

    assert sorted(row for cell in found for row in cell) == list(range(2040))
    assert all(50 <= len(cell) <= 500 for cell in found)
    assert found == cells(vectors, ClusterSettings(cell_deals=500))


def test_equal_rows_are_divided_into_cells_too() -> None:
    found = cells(np.full((1300, 4), 0.5, np.float32), ClusterSettings(cell_deals=500))

    assert sorted(row for cell in found for row in cell) == list(range(1300))
    assert all(len(cell) <= 500 for cell in found)


def test_rows_that_are_alike_are_in_one_cell() -> None:
    vectors = blobs([200] * 8, spread=0.05)

    found = cells(vectors, ClusterSettings(cell_deals=500))

    assert all(len({row // 200 for row in cell}) == len(cell) / 200 for cell in found)
