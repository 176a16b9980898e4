"""Many rows in one statement."""

from collections.abc import Sequence


def columns(rows: Sequence[Sequence[object]], width: int) -> list[list[object]]:
    """Rows as the arrays that `unnest` takes."""
    return [[row[column] for row in rows] for column in range(width)]
