"""What is computed about a package, and what became of each item. Pure: no I/O, no clock, no chance."""

from enricher.domain.aggregates import Enrichment, aggregate
from enricher.domain.outcome import Lost, Proposed, RunManifests, account, counted, status_of, summary
from enricher.domain.showing import exclusions_of, members_of, shown

__all__ = [
    "Enrichment",
    "Lost",
    "Proposed",
    "RunManifests",
    "account",
    "aggregate",
    "counted",
    "exclusions_of",
    "members_of",
    "shown",
    "status_of",
    "summary",
]
