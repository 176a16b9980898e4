"""What is plugged into what."""

from contracts.deals import ItemsFrozen
from contracts.runs import RunCommanded, RunFinished
from contracts.segmentation import SegmentsAssigned
from objects import ObjectStore
from runtime import Budgets, SetBudget, Stage
from segmenter.domain.tasks import TakeStep
from segmenter.handler.advancing import Advance
from segmenter.handler.beginning import BeginRun
from segmenter.handler.finishing import Finishing
from segmenter.handler.ports import Asker, Costs, Grouper, Rows
from segmenter.handler.reading import Objects
from segmenter.handler.stepping import MakeStep
from segmenter.settings import Settings


def build(
    settings: Settings,
    *,
    rows: Rows,
    asker: Asker,
    grouper: Grouper,
    store: ObjectStore,
    costs: Costs,
    budgets: Budgets,
) -> Stage:
    objects = Objects(store)
    finishing = Finishing(rows, objects, costs)
    return (
        Stage("segmenter", settings.runtime)
        .on(ItemsFrozen, BeginRun(rows, asker, grouper, objects, settings.defaults))
        .on(TakeStep, MakeStep(rows, asker, objects))
        .gathers(TakeStep, Advance(rows, grouper, objects, finishing), emits=[SegmentsAssigned, RunFinished])
        .on(RunCommanded, SetBudget(budgets))
    )
