"""What is plugged into what."""

from contracts.clusters import ClusterFormed
from contracts.deals import ItemsFrozen
from contracts.packages import PackageEnriched
from contracts.ranking_data import EmbeddingRequested, RankingDataGenerated, TextsEmbedded
from contracts.runs import RunCommanded, RunFinished
from objects import ObjectStore
from ranker.domain.tasks import TakeStep
from ranker.handler.beginning import BeginRun
from ranker.handler.closing import Close
from ranker.handler.following import FollowPackages, FollowVectors
from ranker.handler.ports import Costs, Known, Maker, Rows, Writer
from ranker.handler.reading import Store
from ranker.handler.stepping import MakeStep
from ranker.settings import Settings
from runtime import Budgets, SetBudget, Stage


def build(
    settings: Settings,
    *,
    known: Known,
    rows: Rows,
    writer: Writer,
    maker: Maker,
    objects: ObjectStore,
    costs: Costs,
    budgets: Budgets,
) -> Stage:
    store = Store(objects)
    return (
        Stage("ranker", settings.runtime)
        .follows(ClusterFormed, PackageEnriched, RunFinished, follower=FollowPackages(known))
        .follows(TextsEmbedded, follower=FollowVectors(rows))
        .on(ItemsFrozen, BeginRun(rows, known, writer, maker, store))
        .on(TakeStep, MakeStep(rows, writer, store))
        .gathers(
            TakeStep,
            Close(rows, writer, maker, store, costs),
            emits=[EmbeddingRequested, RankingDataGenerated, RunFinished],
        )
        .on(RunCommanded, SetBudget(budgets))
    )
