"""Files whose rows were lost: a worker died between the one and the other."""

from llm.interactions import row_of
from llm.layout import run_folder
from llm.ledger import Ledger
from llm.paths import INTERACTION_SUFFIXES, located
from objects import ObjectStore


async def reconcile(store: ObjectStore, ledger: Ledger, tenant: str, run_id: str) -> int:
    """Index what is not indexed, settle what is not settled. How many files that were; twice is harmless."""
    files = await store.list(f"{run_folder(tenant, run_id)}/")
    # A file that was moved has its row, whatever the place that the row names.
    indexed = {located(path).key for path in await ledger.indexed(tenant, run_id)}
    lost = [path for path in files if path.endswith(INTERACTION_SUFFIXES) and path not in indexed]
    for path in lost:
        await ledger.record(row_of(path, await store.get(path)))
    return len(lost)
