"""What a model proposes for a cluster, and what becomes of it."""

from dataclasses import dataclass, field
from uuid import UUID

from contracts import Reference
from contracts.settings import EnrichmentSettings, Redo


@dataclass(frozen=True, slots=True)
class Proposal:
    """A package as the model proposes it."""

    name: str
    item_ids: tuple[str, ...]
    reasoning: str


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A deal that is in no package, and why."""

    item_id: str
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What the model says about a cluster."""

    proposals: tuple[Proposal, ...]
    exclusions: tuple[Exclusion, ...]
    model: str = ""
    prompt_version: int | None = None
    first_named: tuple[str, ...] = ()  # every id in the model's first answer, before any repair
    repaired: bool = False  # it is not the first answer that counts


@dataclass(frozen=True, slots=True)
class Package:
    package_id: UUID
    name: str
    item_ids: tuple[str, ...]
    reasoning: str
    kept: bool = False  # an earlier revision of the run has proposed it already


@dataclass(frozen=True, slots=True)
class ExcludedPackage:
    package_id: UUID
    exclusions: tuple[Exclusion, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How well the model answered about one cluster."""

    deals: int
    named_ids: int
    invented_ids: int
    forgotten_ids: int
    dropped_members: int
    repaired: bool


@dataclass(frozen=True, slots=True)
class Packing:
    """Every deal of the cluster is in a package or in the excluded package, and never in both."""

    packages: tuple[Package, ...]
    excluded: ExcludedPackage | None
    model: str
    prompt_version: int | None
    tally: Tally


@dataclass(frozen=True, slots=True)
class Begun:
    """What the manifest of clusters says of a run."""

    clustering: Reference
    redo: Redo = "nothing"
    enrichment: EnrichmentSettings = field(default_factory=EnrichmentSettings)
    budget_usd: float | None = None
