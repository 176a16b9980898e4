"""`assort watch RUN`"""

import asyncio
from typing import Annotated

import typer

from cli.connections import Connection, open_views
from cli.console import console, plain
from cli.domain.progress import Progress, exit_code
from cli.observing import following, newest_revision
from cli.reading import LAST, resolve
from cli.scope import tenant_of
from cli.watching import POLL_SECONDS
from cli.watching import follow as follow_run
from contracts import RunEvent


def watch(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run, or `last`.")] = LAST,
    *,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on with the next revision, as long as the run follows.")
    ] = False,
) -> None:
    """Follow a run until it is over.

    Leaving (Ctrl-C) does not stop the run. Exit code: 0 completed, 3 completed with failures, 1 failed,
    cancelled or refused.
    """
    progress = asyncio.run(_watch(tenant_of(context), run, on=follow))
    raise typer.Exit(exit_code(progress.status or ""))


async def _watch(tenant: str, given: str, *, on: bool) -> Progress:
    async with open_views() as views:
        run_id = await resolve(views, tenant, given)
        revision: int | None = await newest_revision(views, tenant, run_id)
        while revision is not None:
            progress = await follow_run(views, tenant, run_id, revision)
            say_end(progress)
            await say_following(views, tenant, run_id)
            revision = await _next(views, tenant, run_id, revision) if on else None
    return progress


async def watched(asked: RunEvent, *, watch: bool) -> int:
    """Follow what was just asked for, if wanted; the exit code."""
    if not watch:
        return 0
    try:
        async with open_views() as views:
            progress = await follow_run(views, asked.tenant, asked.run_id, asked.revision)
            say_end(progress)
            await say_following(views, asked.tenant, asked.run_id)
    except asyncio.CancelledError:
        console().print(f"left; the run goes on: `assort watch {asked.run_id}`")
        raise
    return exit_code(progress.status or "")


async def _next(views: Connection, tenant: str, run_id: str, revision: int) -> int | None:
    """The revision after this one, once it is asked for; None: the run follows no longer."""
    while await following(views, tenant, run_id) is not None:
        newest = await newest_revision(views, tenant, run_id)
        if newest > revision:
            return newest
        await asyncio.sleep(POLL_SECONDS)
    return None


async def say_following(views: Connection, tenant: str, run_id: str) -> None:
    found = await following(views, tenant, run_id)
    if found is not None:
        rule = found.rule
        console().print(
            f"it follows the feed: a revision after {rule.quiet_seconds:g} quiet seconds or"
            f" {rule.max_changes} changes, {found.changes} so far; `assort unfollow {run_id}` ends that",
            soft_wrap=True,
        )


def say_end(progress: Progress) -> None:
    words = f": {plain(progress.words)}" if progress.words else ""
    console().print(
        f"[bold]{progress.status}[/bold]{words}  (`assort show {progress.run_id}` shows the result)"
    )
