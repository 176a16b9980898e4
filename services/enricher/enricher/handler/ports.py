"""What the enricher needs of the world."""

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from contracts import Reference
from contracts.deal import Deal
from contracts.packages import Aggregates, Outcome, PackageEnriched, PackageProposed, Packaging
from contracts.runs import Cost, RunFinished
from enricher.domain import Answering, Enrichment, Excluded, Lost, Offering, Proposed, RunManifests
from enricher.domain.quality import Vectors
from runtime import Member, RunKey, Transaction


class Deals(Protocol):
    """Bodies of deals in the object store."""

    async def read(self, bodies: Reference) -> Sequence[Deal]: ...


class Advisor(Protocol):
    """Asks what to tell buyers about a package."""

    async def advise(
        self, package: PackageProposed, deals: Sequence[Deal], aggregates: Aggregates
    ) -> Enrichment: ...


class Packages(Protocol):
    """What was proposed and what became of it. Saving it twice is the same as saving it once."""

    async def save(self, tx: Transaction, package: PackageProposed, enrichment: Enrichment | None) -> bool:
        """False: the revision has a package of this id already; that one stays."""
        ...

    async def proposed(
        self, run: RunKey, members: Sequence[Member[PackageProposed]]
    ) -> Sequence[Proposed]: ...

    async def enriched(self, run: RunKey, made_by: Mapping[UUID, int]) -> Sequence[PackageEnriched]:
        """These packages as buyers know them, each under the revision that made it."""
        ...

    async def offered_before(self, run: RunKey) -> Mapping[UUID, tuple[str, ...]] | None:
        """The deals of each package that the latest earlier revision offered; None: there is none."""
        ...


class Manifests(Protocol):
    """Manifests in the object store."""

    async def packaging(self, reference: Reference) -> Packaging | Lost: ...

    async def read(self, reference: Reference) -> RunManifests | Lost: ...

    async def vectors(self, manifests: RunManifests) -> Vectors | None:
        """Rows in the order of the manifests' facts; None: they are lost."""
        ...

    async def keep(self, tenant: str, outcome: Outcome, items: int) -> Reference: ...


class Runs(Protocol):
    """What the enricher knows of a run besides its members."""

    async def begin(self, tx: Transaction, packaging: Reference) -> None: ...

    async def packaging(self, run: RunKey) -> Reference | None:
        """None: the revision is not packaged yet."""
        ...

    async def finish(self, tx: Transaction, finished: RunFinished, offering: Offering | None) -> None: ...


class Costs(Protocol):
    async def of(self, run: RunKey) -> Cost:
        """What all calls of the run cost so far, at every stage and in every revision."""
        ...


class Figures(Protocol):
    """What other stages show of their work."""

    async def clusters(self, run: RunKey, clusters: Sequence[UUID]) -> Sequence[Sequence[str]]:
        """The deals of these clusters."""
        ...

    async def answering(self, run: RunKey, clusters: Sequence[UUID]) -> Answering | None: ...


class Backfills(Protocol):
    """Excluded packages, described without a model."""

    async def excluded(self, run: RunKey, made_by: Mapping[UUID, int]) -> Sequence[Excluded]:
        """Those of these packages whose deals are known; `made_by` names the revision of each."""
        ...

    async def save(self, tx: Transaction, described: Sequence[tuple[Excluded, Aggregates]]) -> None: ...
