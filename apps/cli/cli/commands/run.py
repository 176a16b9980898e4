"""`assort run packages`, `assort run segmentation`, `assort run bundles`, `assort run ranking-data`"""

import asyncio
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer

from cli.asking import Wish, ask
from cli.bundles.asking import BundleWish
from cli.bundles.asking import ask as ask_bundles
from cli.commands.plan import say_instead
from cli.commands.ranking_data import ranking_data
from cli.commands.watch import watched
from cli.console import console
from cli.domain.run_ids import wanted_ids, wanted_products
from cli.errors import CliError
from cli.scope import tenant_of
from cli.segments.asking import SegmentWish
from cli.segments.asking import ask as ask_segmentation
from contracts.deals import Following
from contracts.order import DEFAULT_STORE

Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID]...", help="Deals like bidswitch.com/3001; none: all, or those of the base."),
]
Deals = Annotated[
    str | None, typer.Option(metavar="FILE", help="Ids, one to a line or a JSON list; -: stdin.")
]
Setting = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Like clusters.max_deals_per_cluster=15; repeatable."),
]
Base = Annotated[
    str | None,
    typer.Option(
        metavar="RUN", help="Revise this run: its settings, and its deals as they now are, a revision on."
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        help="Take over what the base has done; --no-resume packages all of it again from stored answers."
        " A new run has nothing to take over, and uses stored answers anyway."
    ),
]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="New answers of the model instead of stored ones; they cost.")
]
Follow = Annotated[
    bool, typer.Option("--follow", help="Let the run revise itself whenever its deals change.")
]
Quiet = Annotated[
    float | None,
    typer.Option(min=1, metavar="SECONDS", help="With --follow: after a change, once it is quiet. [30]"),
]
Changes = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="With --follow: or once so many deals have changed. [100]"),
]
Budget = Annotated[float | None, typer.Option(min=0, metavar="USD", help="What the run may spend.")]
Wait = Annotated[
    float, typer.Option(min=0, max=3600, metavar="SECONDS", help="For deals that are not there yet.")
]
Watch = Annotated[bool, typer.Option(help="Follow the run until it is over.")]
ProductIds = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID]...", help="Products, as their catalog names them; none: all."),
]
Products = Annotated[
    str | None, typer.Option(metavar="FILE", help="Ids, one to a line or a JSON list; -: stdin.")
]
Category = Annotated[
    str, typer.Option(metavar="WORDS", help="What the products are, like 'Dimmer Switches'.")
]
SegmentSetting = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Like features.refine=false; repeatable."),
]
WaitForProducts = Annotated[
    float, typer.Option(min=0, max=3600, metavar="SECONDS", help="For products that are not there yet.")
]
StoreName = Annotated[str, typer.Option(help="Whose orders count; an upload names its own.")]
Upload = Annotated[
    UUID | None, typer.Option(metavar="ID", help="Products and orders of these files (`assort upload`).")
]
AsOf = Annotated[
    datetime | None,
    typer.Option(help="Today; later orders do not count. In UTC; none: the last order."),
]
BundleSetting = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Like describe=true or bundles=20; repeatable."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what the run would come to, and write nothing.")]


def build() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True, help="Start a run.")
    app.command("packages")(packages)
    app.command("segmentation")(segmentation)
    app.command("bundles")(bundles)
    app.command("ranking-data")(ranking_data)
    return app


def packages(
    context: typer.Context,
    *,
    ids: Ids = None,
    deals: Deals = None,
    setting: Setting = None,
    base: Base = None,
    resume: Resume = True,
    fresh: Fresh = False,
    follow: Follow = False,
    quiet: Quiet = None,
    changes: Changes = None,
    budget: Budget = None,
    wait: Wait = 30,
    watch: Watch = True,
    dry_run: DryRun = False,
) -> None:
    """Make packages of these deals, or of all that are offered now.

    Prints the id of the run.     Exit code (while watching): 0 completed, 3 completed with failures, 1
    failed, cancelled or refused.
    """
    following = _following(quiet, changes, wanted=follow)
    wanted = wanted_ids(ids or [], deals)
    wish = Wish(tenant_of(context), wanted, setting or [], budget, wait, fresh, resume, following)
    if dry_run:
        return say_instead(wish, base)
    raise typer.Exit(asyncio.run(_run(wish, base, watch=watch)))


def segmentation(
    context: typer.Context,
    *,
    ids: ProductIds = None,
    category: Category,
    products: Products = None,
    setting: SegmentSetting = None,
    fresh: Fresh = False,
    budget: Budget = None,
    wait: WaitForProducts = 0,
    watch: Watch = True,
) -> None:
    """Put these products, or all that are offered now, into segments.

    Prints the id of the run. A run that names a product that nobody has published is refused. Exit code
    (while watching): 0 completed, 3 completed with failures, 1 failed, cancelled or refused.
    """
    wanted = wanted_products(ids or [], products)
    wish = SegmentWish(tenant_of(context), category, wanted, setting or [], budget, wait, fresh)
    raise typer.Exit(asyncio.run(_segment(wish, watch=watch)))


def bundles(
    context: typer.Context,
    *,
    ids: ProductIds = None,
    products: Products = None,
    store: StoreName = DEFAULT_STORE,
    upload: Upload = None,
    as_of: AsOf = None,
    setting: BundleSetting = None,
    fresh: Fresh = False,
    budget: Budget = None,
    wait: WaitForProducts = 30,
    watch: Watch = True,
) -> None:
    """Make bundles of a store's products, by its orders: all that are offered, these, or those of an upload.

    Prints the id of the run. Exit code (while watching): 0 completed, 3 completed with failures, 1 failed,
    cancelled or refused.
    """
    wish = BundleWish(
        tenant=tenant_of(context),
        store=store,
        upload=upload,
        wanted=wanted_products(ids or [], products),
        as_of=as_of.replace(tzinfo=as_of.tzinfo or UTC) if as_of else None,
        settings=setting or [],
        budget=budget,
        wait=wait,
        fresh=fresh,
    )
    raise typer.Exit(asyncio.run(_bundle(wish, watch=watch)))


async def _bundle(wish: BundleWish, *, watch: bool) -> int:
    asked = await ask_bundles(wish)
    print(asked.run_id, flush=True)
    return await watched(asked, watch=watch)


async def _run(wish: Wish, base: str | None, *, watch: bool) -> int:
    asked = await ask(wish, base)
    print(asked.run_id, flush=True)
    if asked.revision > 1:
        console().print(f"revision {asked.revision}, with the deals as they now are")
    return await watched(asked, watch=watch)


async def _segment(wish: SegmentWish, *, watch: bool) -> int:
    asked = await ask_segmentation(wish)
    print(asked.run_id, flush=True)
    return await watched(asked, watch=watch)


def _following(quiet: float | None, changes: int | None, *, wanted: bool) -> Following | None:
    given = {"quiet_seconds": quiet, "max_changes": changes}
    chosen = {name: value for name, value in given.items() if value is not None}
    if chosen and not wanted:
        raise CliError("--quiet and --changes say when a run with --follow revises itself: add --follow")
    return Following.model_validate(chosen) if wanted else None
