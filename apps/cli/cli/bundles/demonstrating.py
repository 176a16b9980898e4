"""A shop's products and orders to bundles in one go."""

from collections.abc import Sequence
from pathlib import Path

from rich.rule import Rule

from cli.bundles.asking import BundleWish, ask
from cli.bundles.results import BundleRow, result_of
from cli.bundles.showing import show_run
from cli.bundles.stories import say as say_story
from cli.bundles.stories import tell
from cli.bundles.telling import tell_bundle
from cli.commands.publish import publish_events
from cli.commands.verify import collect, findings, say_proof
from cli.connections import Connection, open_store, open_views
from cli.console import console
from cli.demo_shop import demo_orders, demo_products
from cli.domain.progress import exit_code
from cli.errors import Exit
from cli.reading import RunRow, latest
from cli.watching import follow
from contracts.bundles import OrderPlaced
from contracts.products import ProductPublished

PRODUCTS = 140
LISTED = 10
WAIT_SECONDS = 60
STORE = "outdoor"


async def demonstrate(tenant: str, orders: int, folder: Path) -> int:
    terminal = console()
    products = demo_products(PRODUCTS)
    sold = [one.model_copy(update={"store": STORE}) for one in demo_orders(products, orders)]
    _write(folder / "shop-products.jsonl", [one.canonical() for one in products])
    _write(folder / "shop-orders.jsonl", [one.canonical() for one in sold])
    await publish_events([ProductPublished(tenant=tenant, product=one) for one in products])
    await publish_events([OrderPlaced(tenant=tenant, order=one) for one in sold])
    terminal.print(
        f"published {len(products)} made-up products and {orders} orders, like those of"
        f" {folder / 'shop-products.jsonl'} and {folder / 'shop-orders.jsonl'}"
    )
    wish = BundleWish(
        tenant,
        STORE,
        wanted=sorted(one.item_id for one in products),
        as_of=sold[-1].placed_at,
        settings=["describe=true"],
        wait=WAIT_SECONDS,
    )
    asked = await ask(wish)
    async with open_views() as views:
        progress = await follow(views, tenant, asked.run_id, asked.revision)
        run = await latest(views, tenant, asked.run_id)
        terminal.print(Rule(f"assort show {run.run_id}", align="left"))
        await show_run(views, run, LISTED, as_json=False)
        await _explain(views, run)
    terminal.print(Rule(f"assort verify {run.run_id}", align="left"))
    evidence = await collect(tenant, run.run_id)
    say_proof(evidence)
    return Exit.FAILED if findings(evidence) else exit_code(progress.status or "")


def _write(file: Path, lines: Sequence[bytes]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"\n".join(lines) + b"\n")


async def _explain(views: Connection, run: RunRow) -> None:
    result = await result_of(views, run)
    bundles: Sequence[BundleRow] = result.bundles if result else ()
    if not bundles:
        return
    first, product_id = bundles[0], bundles[0].bundle.items[0].product_id
    console().print(Rule(f"assort show {run.run_id} --bundle {first.bundle_id[:8]}", align="left"))
    tell_bundle(console(), first)
    console().print(Rule(f"assort why {product_id} --run {run.run_id}", align="left"))
    say_story(await tell(views, open_store(), run, product_id))
