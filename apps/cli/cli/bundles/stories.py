"""What became of one product in one run of bundles."""

from dataclasses import dataclass

from cli.bundles.evidence import BundleEvidence
from cli.bundles.gathering import BundleObjects, gather_rows
from cli.bundles.results import BundleRow
from cli.connections import Connection, Store
from cli.console import console, plain
from cli.errors import CliError
from cli.reading import RunRow

KNOWN = "select name from read.items_v1 where tenant = $1 and kind = 'product' and item_id = $2"

# Which products a run looked at stands in its snapshot: the newest run is asked, whatever its products are.
NEWEST = """
select r.run_id from read.bundle_runs_v1 r
where r.tenant = $1 and exists (
    select from read.items_v1 i where i.tenant = $1 and i.kind = 'product' and i.item_id = $2
) order by r.created_at desc limit 1
"""


@dataclass(frozen=True, slots=True)
class BundleStory:
    product_id: str
    name: str
    run: RunRow
    bundles: tuple[BundleRow, ...]
    verdict: str


async def newest_run_of(views: Connection, tenant: str, product_id: str) -> str | None:
    name: str | None = await views.fetchval(NEWEST, tenant, product_id)
    return name


async def tell(views: Connection, store: Store, run: RunRow, product_id: str) -> BundleStory:
    seen = await gather_rows(views, run.tenant, run.run_id, run.revision)
    whole = await BundleObjects(store).completed(seen)
    held = tuple(one for one in whole.bundles if product_id in {item.product_id for item in one.bundle.items})
    verdict = _verdict(whole, product_id, len(held))
    if verdict is None:
        raise CliError(f"{run.run_id} did not ask for a product {product_id}")
    name = await views.fetchval(KNOWN, run.tenant, product_id)
    return BundleStory(product_id, name or "", run, held, verdict)


def say(told: BundleStory) -> None:
    terminal = console()
    terminal.print(f"[bold]{plain(told.product_id)}[/bold]  {plain(told.name)}", soft_wrap=True)
    status = told.run.status or "running"
    terminal.print(f"  {'run':<10} {told.run.run_id} revision {told.run.revision} ({status})", soft_wrap=True)
    for one in told.bundles:
        words = f"{one.rank}. {plain(one.name)}: {one.bundle.method}, for {one.bundle.objective}"
        terminal.print(f"  {'bundle':<10} {words}", soft_wrap=True)
    terminal.print(f"  {'so it is':<10} {plain(told.verdict)}", soft_wrap=True)


def _verdict(run: BundleEvidence, product_id: str, held: int) -> str | None:
    if run.outcome is None:
        return "open: the run is not over" if product_id in run.items else None
    if product_id in run.outcome.placed:
        return f"placed in {held} {'bundle' if held == 1 else 'bundles'}"
    for state, unplaced in (("failed", run.outcome.failed), ("in no bundle", run.outcome.excluded)):
        found = next((one for one in unplaced if one.item_id == product_id), None)
        if found is not None:
            return f"{state}: {found.code}: {found.words}"
    return None
