"""`assort follow|unfollow RUN`"""

import asyncio
from typing import Annotated

import typer

from cli.commands.steer import LOOK_SECONDS, OBEY_SECONDS, Run, allowed, order_of
from cli.connections import open_views, publish
from cli.console import console
from cli.observing import following
from cli.scope import tenant_of
from contracts.deals import Following
from contracts.runs import Command


def follow(
    context: typer.Context,
    run: Run,
    quiet: Annotated[
        float, typer.Option(min=1, max=86_400, metavar="SECONDS", help="After a change, once it is quiet.")
    ] = 30,
    changes: Annotated[
        int, typer.Option(min=1, max=1_000_000, metavar="N", help="Or once so many deals have changed.")
    ] = 100,
) -> None:
    """Let a run revise itself whenever its deals change, until `assort unfollow`.

    Again for a run that follows already: other numbers.
    """
    wanted = Following(quiet_seconds=quiet, max_changes=changes)
    words = f"follows the feed: a revision after {quiet:g} quiet seconds, or {changes} changes"
    asyncio.run(_follow(tenant_of(context), run, "follow", wanted, words))


def unfollow(context: typer.Context, run: Run) -> None:
    """Let a run be: what changes from now on makes no revision any more."""
    asyncio.run(_follow(tenant_of(context), run, "unfollow", None, "follows no longer"))


async def _follow(tenant: str, given: str, command: Command, wanted: Following | None, words: str) -> None:
    async with open_views() as views:
        state = await allowed(views, tenant, given, command)
        await publish(order_of(tenant, state, command, follow=wanted))
        obeyed = False
        for _ in range(int(OBEY_SECONDS / LOOK_SECONDS)):
            found = await following(views, tenant, state.run_id)
            obeyed = (found and found.rule) == wanted
            if obeyed:
                break
            await asyncio.sleep(LOOK_SECONDS)
    later = "" if obeyed else " as soon as the embedder has read it (is it running?)"
    console().print(f"{state.run_id} {words}{later}")
