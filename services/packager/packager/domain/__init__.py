"""Which packages a cluster becomes. Pure: no I/O, no clock, no chance."""

from packager.domain.judging import MAX_PACKAGES, complaints, wishes
from packager.domain.model import Begun, ExcludedPackage, Exclusion, Package, Packing, Plan, Proposal, Tally
from packager.domain.owning import Neighbourhood, neighbourhood
from packager.domain.rules import RULES, Rates, Yardstick
from packager.domain.settling import (
    ELSEWHERE,
    EXCLUDED_NAME,
    EXCLUDED_REASONING,
    NEAR_DUPLICATE,
    NOT_PROPOSED,
    TOO_FEW,
    Draft,
    Known,
    drafted,
    finished,
)
from packager.domain.showing import enriched, rules_of, shown
from packager.domain.telling import in_step, proposed, told
from packager.domain.texts import code_of

__all__ = [
    "ELSEWHERE",
    "EXCLUDED_NAME",
    "EXCLUDED_REASONING",
    "MAX_PACKAGES",
    "NEAR_DUPLICATE",
    "NOT_PROPOSED",
    "RULES",
    "TOO_FEW",
    "Begun",
    "Draft",
    "ExcludedPackage",
    "Exclusion",
    "Known",
    "Neighbourhood",
    "Package",
    "Packing",
    "Plan",
    "Proposal",
    "Rates",
    "Tally",
    "Yardstick",
    "code_of",
    "complaints",
    "drafted",
    "enriched",
    "finished",
    "in_step",
    "neighbourhood",
    "proposed",
    "rules_of",
    "shown",
    "told",
    "wishes",
]
