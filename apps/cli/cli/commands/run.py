"""`assort run packages`"""

import asyncio
import json
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.commands.watch import say_end
from cli.connections import open_views, publish, store_list
from cli.console import console
from cli.domain.overrides import package_settings
from cli.domain.progress import exit_code
from cli.domain.run_ids import checked_ids, read_ids, run_id
from cli.errors import CliError
from cli.scope import tenant_of
from cli.watching import follow
from contracts.deals import MAX_INLINE_IDS, PackagesRequested
from contracts.settings import PackageSettings

MAX_INLINE_BYTES = 48 * 1024  # an event holds 64 kB; longer lists travel as an object


def build() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True, help="Start a run.")
    app.callback()(
        lambda: None
    )  # so that `packages` stays a word of its own: other kinds of runs will follow
    app.command("packages")(packages)
    return app


def packages(
    context: typer.Context,
    *,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Deals like bidswitch.com/3001; none: all.")
    ] = None,
    deals: Annotated[
        str | None, typer.Option(metavar="FILE", help="Ids, one to a line or a JSON list; -: stdin.")
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="Like clusters.max_deals_per_cluster=15; repeatable."
        ),
    ] = None,
    budget: Annotated[
        float | None, typer.Option(min=0, metavar="USD", help="What the run may spend.")
    ] = None,
    wait: Annotated[
        float, typer.Option(min=0, max=3600, metavar="SECONDS", help="For deals that are not there yet.")
    ] = 30,
    watch: Annotated[bool, typer.Option(help="Follow the run until it is over.")] = True,
) -> None:
    """Make packages of these deals, or of all that are offered now.

    Prints the id of the run.     Exit code (while watching): 0 completed, 3 completed with failures, 1
    failed, cancelled or refused.
    """
    settings = package_settings(setting or [])
    wanted = _wanted(ids or [], deals)
    code = asyncio.run(_run(tenant_of(context), wanted, settings, budget, wait, watch=watch))
    raise typer.Exit(code)


async def request(
    tenant: str, wanted: list[str] | None, settings: PackageSettings, budget: float | None, wait: float
) -> PackagesRequested:
    """Ask for a run; returns what was asked."""
    asked = PackagesRequested(
        tenant=tenant,
        run_id=run_id(datetime.now(UTC), secrets.token_hex(4)),
        settings=settings,
        budget_usd=budget,
        wait_seconds=wait,
    )
    asked = await _with_ids(asked, wanted)
    await publish(asked)
    return asked


async def _run(
    tenant: str,
    wanted: list[str] | None,
    settings: PackageSettings,
    budget: float | None,
    wait: float,
    *,
    watch: bool,
) -> int:
    asked = await request(tenant, wanted, settings, budget, wait)
    print(asked.run_id, flush=True)
    if not watch:
        return 0
    try:
        async with open_views() as views:
            progress = await follow(views, tenant, asked.run_id, asked.revision)
    except asyncio.CancelledError:
        console().print(f"left; the run goes on: `assort watch {asked.run_id}`")
        raise
    say_end(progress)
    return exit_code(progress.status or "")


async def _with_ids(asked: PackagesRequested, wanted: list[str] | None) -> PackagesRequested:
    if wanted is None:
        return asked
    body = json.dumps(wanted, ensure_ascii=False).encode()
    if len(wanted) <= MAX_INLINE_IDS and len(body) <= MAX_INLINE_BYTES:
        return asked.model_copy(update={"deal_ids": tuple(wanted)})
    reference = await store_list(f"{asked.tenant}/lists", body, len(wanted))
    return asked.model_copy(update={"deal_list": reference})


def _wanted(ids: list[str], file: str | None) -> list[str] | None:
    """None: every deal that is offered."""
    if ids and file:
        raise CliError("name the deals as words or with --deals, not both ways")
    if file is None:
        return checked_ids(ids) if ids else None
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CliError(f"cannot read {file}: {error}") from error
    return read_ids(text)
