"""What one exported package says. Field order is the order of columns and names."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from contracts import Entity
from contracts.packages import FloorRange, FloorView, SafetyView, Share


class LeftOut(Entity):
    """A deal that is in no package of its cluster, and why."""

    deal_id: str
    code: str
    words: str = ""


class Line(Entity):
    package_id: str
    package_name: str
    deal_ids: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.package_id


class PackageLine(Line):
    """A package as it was proposed; one of kind `excluded` names the deals that its cluster left out."""

    reasoning: str
    kind: str
    cluster_id: str
    excluded: tuple[LeftOut, ...] = ()
    model: str = ""
    prompt_version: int | None = None
    revision: int
    run_id: str


class Tiers(Entity):
    tier1: tuple[Share, ...] = ()
    tier2: tuple[Share, ...] = ()
    tier3: tuple[Share, ...] = ()


class Money(Entity):
    floor: FloorView | None = None
    floors: tuple[FloorRange, ...] = ()
    quality_tiers: tuple[Share, ...] = ()
    volume_tiers: tuple[Share, ...] = ()


class Described(Line):
    """What was computed from the deals."""

    taxonomy: Tiers
    safety: SafetyView
    audience: tuple[Share, ...] = ()
    commercial: Money
    publishers: tuple[Share, ...] = ()
    publishers_in_all: int = 0
    formats: tuple[Share, ...] = ()
    starts: date | None = None
    ends: date | None = None
    seats: tuple[str, ...] | None = None
    seats_in_all: int | None = None
    countries: tuple[str, ...] | None = None
    cluster_id: str
    revision: int
    run_id: str


class EnrichedLine(Described):
    """A buyer-ready package."""

    recommendations: tuple[str, ...] = ()
    description: str = ""
    verticals: tuple[str, ...] = ()
    use_cases: tuple[str, ...] = ()
    reasoning: str = ""
    model: str = ""
    prompt_version: int | None = None


class ExcludedLine(Described):
    """The excluded deals of a cluster, described without a model. `deal_ids` are the excluded ones."""

    excluded: tuple[LeftOut, ...] = ()


def package_line(row: Mapping[str, Any], excluded: tuple[LeftOut, ...]) -> PackageLine:
    return PackageLine.model_validate({**row, "excluded": excluded}, extra="ignore")


def enriched_line(row: Mapping[str, Any]) -> EnrichedLine:
    return EnrichedLine.model_validate(
        {**row, **described(row["aggregates"]), **row["advice"]}, extra="ignore"
    )


def excluded_line(row: Mapping[str, Any]) -> ExcludedLine:
    left = [{**one, "deal_id": one["item_id"]} for one in row["excluded"]]
    deal_ids = sorted({one["deal_id"] for one in left})
    found = {**row, **described(row["aggregates"]), "excluded": left, "deal_ids": deal_ids}
    return ExcludedLine.model_validate(found, extra="ignore")


def described(aggregates: Mapping[str, Any]) -> dict[str, Any]:
    """Aggregates in the groups that the export has."""
    return {**aggregates, "taxonomy": aggregates, "commercial": aggregates}
