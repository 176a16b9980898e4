"""`assort watch RUN`"""

import asyncio
from typing import Annotated

import typer

from cli.connections import open_views
from cli.console import console, plain
from cli.domain.progress import Progress, exit_code
from cli.observing import newest_revision
from cli.reading import LAST, resolve
from cli.scope import tenant_of
from cli.watching import follow


def watch(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run, or `last`.")] = LAST,
) -> None:
    """Follow a run until it is over.

    Leaving (Ctrl-C) does not stop the run. Exit code: 0 completed, 3 completed with failures, 1 failed,
    cancelled or refused.
    """
    progress = asyncio.run(_watch(tenant_of(context), run))
    raise typer.Exit(exit_code(progress.status or ""))


async def _watch(tenant: str, given: str) -> Progress:
    async with open_views() as views:
        run_id = await resolve(views, tenant, given)
        progress = await follow(views, tenant, run_id, await newest_revision(views, tenant, run_id))
    say_end(progress)
    return progress


def say_end(progress: Progress) -> None:
    words = f": {plain(progress.words)}" if progress.words else ""
    console().print(
        f"[bold]{progress.status}[/bold]{words}  (`assort show {progress.run_id}` shows the result)"
    )
