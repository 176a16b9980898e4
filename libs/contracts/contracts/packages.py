"""Packages: proposed, enriched, withdrawn."""

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from contracts.event import Entity, RunEvent
from contracts.reference import Reference
from contracts.safety import SafetyRisk
from contracts.settings import EnrichmentSettings
from contracts.unplaced import Unplaced

Line = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class ExcludedDeal(Entity):
    """A deal of the cluster that is in no package, and why."""

    origin: str
    deal_id: str
    code: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")
    words: str = Field(default="", max_length=500)


class PackageProposed(RunEvent):
    """A package of deals, or (`kind` excluded) the record of a cluster's deals that are in none."""

    topic: ClassVar[str] = "package.proposed.v1"

    package_id: UUID
    cluster_id: UUID
    kind: Literal["package", "excluded"] = "package"
    package_name: str = Field(min_length=1, max_length=200)
    deal_ids: tuple[str, ...] = Field(
        max_length=1000, description="Item ids, sorted; empty for kind excluded."
    )
    excluded: tuple[ExcludedDeal, ...] = ()
    reasoning: str = Field(max_length=4000)
    deals: Reference = Field(description="Bodies of the whole cluster.")
    model: str = Field(description="The model that answered; empty where none was asked.")
    prompt_version: int | None = Field(
        default=None, description="Of the question; null where none was asked."
    )
    settings: EnrichmentSettings = EnrichmentSettings()
    budget_usd: float | None = Field(default=None, ge=0)

    @property
    def entity(self) -> str:
        return str(self.package_id)

    @model_validator(mode="after")
    def _kind_agrees(self) -> "PackageProposed":
        if (self.kind == "package") != bool(self.deal_ids):
            raise ValueError("a package names deals; an excluded package names none")
        return self


class PackageEntry(Entity):
    package_id: UUID
    cluster_id: UUID
    kind: Literal["package", "excluded"]
    revision: int = Field(ge=1, description="The revision that made it.")


class FailedCluster(Entity):
    cluster_id: UUID
    deal_ids: tuple[str, ...]
    code: str
    words: str = ""


class Packaging(Entity):
    """Everything a run's packaging decided. It is stored; `packaging.closed` carries the reference."""

    clustering: Reference
    packages: tuple[PackageEntry, ...] = ()
    failed_clusters: tuple[FailedCluster, ...] = ()


class PackagingClosed(RunEvent):
    """The manifest of proposals."""

    topic: ClassVar[str] = "packaging.closed.v1"

    packaging: Reference
    packages: int = Field(ge=0)
    excluded_packages: int = Field(default=0, ge=0)
    failed_clusters: int = Field(default=0, ge=0)


class Share(Entity):
    """A name and how many members carry it."""

    name: str
    deals: int = Field(ge=1)


class FloorRange(Entity):
    currency: str
    lowest: float
    median: float
    highest: float
    deals: int = Field(ge=1, description="Members with a floor in this currency.")


class FloorView(Entity):
    """Floors of all currencies in one, by rates of one day."""

    currency: str
    rates_as_of: date
    lowest: float
    median: float
    highest: float
    weighted: float | None = Field(
        default=None, description="Mean weighted by volume; null where no member states its volume."
    )
    deals: int = Field(ge=1, description="Members whose floor is in it.")
    unknown_rates: tuple[Share, ...] = Field(
        default=(), description="Currencies without a rate, whose floors are left out."
    )


class SafetyView(Entity):
    """The worst rating among the members, and who causes it."""

    worst: SafetyRisk
    caused_by: tuple[str, ...] = ()
    family_safe: bool | None = Field(
        description="True only if every member says so; null if one does not say."
    )


class Aggregates(Entity):
    """Computed from the members, never guessed."""

    tier1: tuple[Share, ...] = ()
    tier2: tuple[Share, ...] = ()
    tier3: tuple[Share, ...] = ()
    safety: SafetyView
    audience: tuple[Share, ...] = Field(default=(), max_length=100, description="The most frequent.")
    floors: tuple[FloorRange, ...] = Field(default=(), description="By currency, as the members state them.")
    floor: FloorView | None = Field(
        default=None, description="In one currency; null where no member has a floor that can be converted."
    )
    formats: tuple[Share, ...] = ()
    publishers: tuple[Share, ...] = Field(default=(), max_length=100, description="The most frequent.")
    publishers_in_all: int = Field(default=0, ge=0, description="How many different ones there are.")
    quality_tiers: tuple[Share, ...] = ()
    volume_tiers: tuple[Share, ...] = ()
    countries: tuple[str, ...] | None = Field(
        default=None, description="Where all members sell; empty: nowhere in common; null: no limit."
    )
    seats: tuple[str, ...] | None = Field(
        default=None,
        max_length=100,
        description="Buyer seats that may buy all members, the first of them; null: no limit.",
    )
    seats_in_all: int | None = Field(default=None, description="How many seats these are; null: no limit.")
    starts: date | None = None
    ends: date | None = None


class Advice(Entity):
    """What needs judgement: written by a model for buyers."""

    description: str = Field(min_length=1, max_length=2000)
    verticals: tuple[Line, ...] = Field(min_length=1, max_length=8)
    use_cases: tuple[Line, ...] = Field(min_length=1, max_length=8)
    recommendations: tuple[Line, ...] = Field(min_length=1, max_length=8)


class PackageEnriched(RunEvent):
    """The buyer-ready package."""

    topic: ClassVar[str] = "package.enriched.v1"

    package_id: UUID
    cluster_id: UUID
    package_name: str
    deal_ids: tuple[str, ...] = Field(min_length=1, max_length=1000)
    reasoning: str
    aggregates: Aggregates
    advice: Advice
    model: str
    prompt_version: int | None = None

    @property
    def entity(self) -> str:
        return str(self.package_id)


class PackageWithdrawn(RunEvent):
    """A package that is no longer offered."""

    topic: ClassVar[str] = "package.withdrawn.v1"

    package_id: UUID
    code: str
    words: str = ""

    @property
    def entity(self) -> str:
        return str(self.package_id)


class FailedPackage(Entity):
    package_id: UUID
    code: str
    words: str = ""


class Outcome(Entity):
    """What became of every item. It is stored; `run.finished` carries the reference."""

    packaging: Reference
    placed: tuple[str, ...] = ()
    failed: tuple[Unplaced, ...] = ()
    excluded: tuple[Unplaced, ...] = ()
    failed_packages: tuple[FailedPackage, ...] = ()
