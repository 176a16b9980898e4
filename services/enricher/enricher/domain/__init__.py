"""What is computed about packages and runs. Pure: no I/O, no clock, no chance."""

from enricher.domain.aggregates import Enrichment, aggregate
from enricher.domain.facts import Facts, facts_of
from enricher.domain.money import Money
from enricher.domain.offering import SAYS_WHAT_IS_OFFERED, Offering, offering
from enricher.domain.outcome import (
    Excluded,
    Lost,
    Proposed,
    RunManifests,
    account,
    counted,
    status_of,
    summary,
)
from enricher.domain.quality import Answering, Measured, Offered, measure
from enricher.domain.showing import exclusions_of, members_of, shown

__all__ = [
    "SAYS_WHAT_IS_OFFERED",
    "Answering",
    "Enrichment",
    "Excluded",
    "Facts",
    "Lost",
    "Measured",
    "Money",
    "Offered",
    "Offering",
    "Proposed",
    "RunManifests",
    "account",
    "aggregate",
    "counted",
    "exclusions_of",
    "facts_of",
    "measure",
    "members_of",
    "offering",
    "shown",
    "status_of",
    "summary",
]
