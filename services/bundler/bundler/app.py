"""What is plugged into what."""

from bundler.domain.tasks import ReadUpload, TakeStep
from bundler.handler.beginning import BeginRun
from bundler.handler.closing import Close
from bundler.handler.feedback import Feedbacks, TakeFeedback
from bundler.handler.ordering import TakeOrders
from bundler.handler.ports import Costs, Describer, Explorer, Miner, Orders, Rows, Uploads
from bundler.handler.reading import Store
from bundler.handler.stepping import MakeStep
from bundler.handler.uploading import ReadFiles, ReceiveUploads
from bundler.settings import Settings
from contracts.bundles import (
    BundleAdded,
    BundleDescribed,
    BundleGenerated,
    BundlePurchased,
    BundleViewed,
    OrderPlaced,
)
from contracts.deals import ItemsFrozen
from contracts.order import read_order
from contracts.runs import RunCommanded, RunFinished
from contracts.uploads import UploadRead, UploadReceived
from objects import ObjectStore
from runtime import Budgets, SetBudget, Stage


def build(
    settings: Settings,
    *,
    orders: Orders,
    uploads: Uploads,
    rows: Rows,
    feedback: Feedbacks,
    explorer: Explorer,
    miner: Miner,
    describer: Describer,
    objects: ObjectStore,
    costs: Costs,
    budgets: Budgets,
) -> Stage:
    store, defaults = Store(objects), settings.defaults
    taken = TakeFeedback(feedback)
    return (
        Stage("bundler", settings.runtime)
        .follows(
            OrderPlaced,
            follower=TakeOrders(orders),
            plain=lambda body: OrderPlaced(order=read_order(body)),
        )
        .follows(UploadReceived, follower=ReceiveUploads(uploads))
        .on(ReadUpload, ReadFiles(uploads, store), emits=[UploadRead])
        .follows(BundleViewed, BundleAdded, BundlePurchased, follower=taken)
        .on(ItemsFrozen, BeginRun(rows, orders, uploads, store, defaults))
        .on(TakeStep, MakeStep(rows, miner, describer, store), emits=[BundleDescribed])
        .gathers(
            TakeStep,
            Close(rows, explorer, store, costs, defaults),
            emits=[BundleGenerated, RunFinished],
        )
        .on(RunCommanded, SetBudget(budgets))
    )
