"""What other stages tell, kept by the batch until a run needs it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from contracts import InvalidEvent
from contracts.clusters import ClusterFormed
from contracts.packages import PackageEnriched
from contracts.ranking_data import TextsEmbedded
from contracts.runs import RunFinished
from ranker.handler.ports import Known, Rows
from runtime import Arrived, Refused, Taken, Transaction


@dataclass(frozen=True, slots=True)
class FollowPackages:
    """Clusters, packages and the ends of runs, so that a finished run can be made use of at any time."""

    known: Known

    async def record(self, tx: Transaction, batch: Sequence[Arrived[Any]]) -> Taken:
        told = [one.event for one in batch]
        await self.known.keep_clusters(tx, [one for one in told if isinstance(one, ClusterFormed)])
        await self.known.keep_packages(tx, [one for one in told if isinstance(one, PackageEnriched)])
        ends = [one for one in told if isinstance(one, RunFinished)]
        packaged = [one for one in ends if one.kind == "packages" and one.outcome is not None]
        await self.known.keep_runs(tx, packaged)
        return without_value(batch)


@dataclass(frozen=True, slots=True)
class FollowVectors:
    rows: Rows

    async def record(self, tx: Transaction, batch: Sequence[Arrived[Any]]) -> Taken:
        told = [one.event for one in batch if isinstance(one.event, TextsEmbedded)]
        await self.rows.keep_embedded(tx, told)
        return without_value(batch)


def without_value(batch: Sequence[Arrived[Any]]) -> Taken:
    nothing = InvalidEvent("no_value", "a null value withdraws an item; what a run told cannot be withdrawn")
    return Taken(
        refused=[Refused(position, nothing) for position, one in enumerate(batch) if one.event is None]
    )
