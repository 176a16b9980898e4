"""What the ranker needs of the world."""

from collections.abc import Sequence
from typing import Protocol

from contracts import Reference
from contracts.clusters import ClusterFormed
from contracts.packages import PackageEnriched
from contracts.ranking import RankingLlm, RankingSettings
from contracts.ranking_data import FailedQueries, RankingOutcome, TextsEmbedded
from contracts.runs import Cost, RunFinished
from ranker.domain.ground import Asked, GroundCluster, GroundPackage
from ranker.domain.making import Asker, Material
from ranker.domain.records import Begun, Conclusion, QuerySet
from ranker.domain.tasks import TakeStep
from ranking.assembling import Dataset
from runtime import RunKey, Transaction


class Known(Protocol):
    """Runs of packages as their stages told of them. What was said first stays."""

    async def keep_clusters(self, tx: Transaction, formed: Sequence[ClusterFormed]) -> None: ...

    async def keep_packages(self, tx: Transaction, enriched: Sequence[PackageEnriched]) -> None: ...

    async def keep_runs(self, tx: Transaction, finished: Sequence[RunFinished]) -> None: ...

    async def outcome(self, run: RunKey) -> Reference | None:
        """None: nobody has told of its end yet."""
        ...

    async def clusters(self, run: RunKey, cluster_ids: Sequence[str]) -> Sequence[GroundCluster]:
        """As they were told of up to this revision, sorted by id."""
        ...

    async def packages(self, run: RunKey, package_ids: Sequence[str]) -> Sequence[GroundPackage]: ...


class Rows(Protocol):
    """Runs, queries and records. What a revision has said first stays."""

    async def begin(self, tx: Transaction, begun: Begun) -> bool:
        """False: the revision has begun already."""
        ...

    async def begun(self, run: RunKey) -> Begun: ...

    async def settle(self, tx: Transaction, queries: QuerySet) -> None: ...

    async def queries(self, run: RunKey) -> Sequence[QuerySet]:
        """Sorted by cluster."""
        ...

    async def keep_embedded(self, tx: Transaction, told: Sequence[TextsEmbedded]) -> None: ...

    async def embedded(self, run: RunKey, sha256: str) -> TextsEmbedded | None: ...

    async def finish(self, tx: Transaction, conclusion: Conclusion) -> None: ...


class Writer(Protocol):
    """Somebody who writes queries."""

    def asker(self, llm: RankingLlm) -> Asker: ...

    async def write(self, step: TakeStep, asked: Asked) -> QuerySet:
        """Where the run takes a substitute and there is no answer: that."""
        ...


class Maker(Protocol):
    """All that is heavy, out of this process."""

    async def asked(self, material: Material, settings: RankingSettings, asker: Asker) -> Sequence[Asked]: ...

    async def made(
        self,
        material: Material,
        drawn: Sequence[str],
        sets: Sequence[QuerySet],
        vectors: bytes,
        settings: RankingSettings,
        *,
        source: str,
        versions: tuple[str, ...],
    ) -> Dataset: ...

    async def outcome(
        self,
        material: Material,
        dataset: Dataset,
        drawn: Sequence[str],
        failed: Sequence[FailedQueries],
        *,
        snapshot: Reference,
        kept: tuple[Reference, Reference],
    ) -> RankingOutcome: ...


class Costs(Protocol):
    async def of(self, run: RunKey) -> Cost:
        """Of all calls of the run so far, in every revision."""
        ...
