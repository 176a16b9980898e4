"""What is heavy, in the pool of processes."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts import Reference
from contracts.ranking import RankingSettings
from contracts.ranking_data import FailedQueries, RankingOutcome
from ranker.domain.ground import Asked
from ranker.domain.making import Asker, Material, asked_of, made_of, outcome_of
from ranker.domain.records import QuerySet
from ranking.assembling import Dataset
from runtime import Cpu


@dataclass(frozen=True, slots=True)
class ProcessMaker:
    cpu: Cpu

    async def asked(self, material: Material, settings: RankingSettings, asker: Asker) -> Sequence[Asked]:
        return await self.cpu.run(asked_of, material, settings, asker)

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
    ) -> Dataset:
        return await self.cpu.run(
            made_of, material, drawn, sets, vectors, settings, source=source, versions=versions
        )

    async def outcome(
        self,
        material: Material,
        dataset: Dataset,
        drawn: Sequence[str],
        failed: Sequence[FailedQueries],
        *,
        snapshot: Reference,
        kept: tuple[Reference, Reference],
    ) -> RankingOutcome:
        return await self.cpu.run(outcome_of, material, dataset, drawn, failed, snapshot=snapshot, kept=kept)
