"""Tokens of a call before any was made: rough figures, until a tenant's own calls take their place."""

from collections.abc import Mapping

from cli.planning.forecast import Line

# By stage: tokens of the question and of the answer, for so many deals.
PRIORS: Mapping[str, tuple[Line, Line]] = {
    "packager": (Line(800, 190), Line(100, 40)),
    "enricher": (Line(800, 100), Line(250, 0)),
}
