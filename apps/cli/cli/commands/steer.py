"""`assort pause|resume|cancel|retry|budget RUN`"""

import asyncio
import time
from typing import Annotated, Any

import typer

from cli.commands.watch import say_end
from cli.connections import Connection, open_views, publish
from cli.console import console, usd
from cli.domain.progress import exit_code
from cli.domain.steering import RunState, refusal, target_revision
from cli.environment import operator
from cli.errors import CliError
from cli.observing import BUDGET
from cli.reading import STAGES, run_state, stage_runs
from cli.scope import tenant_of
from cli.watching import follow
from contracts.runs import Command, RunCommanded
from contracts.settings import Redo

OBEY_SECONDS = 10.0
LOOK_SECONDS = 0.2
AGAIN = {
    "nothing": "what failed",
    "enrichment": "all of its enrichment",
    "packaging": "all of its packaging",
}
NUMBERS = 2**31  # milliseconds begin again every 25 days, long after anybody could mix up two commands

Run = Annotated[str, typer.Argument(metavar="RUN", help="A run, or `last`.")]
Watch = Annotated[bool, typer.Option(help="Follow the run until it is over.")]


def pause(context: typer.Context, run: Run) -> None:
    """Let a run rest: what is under way ends, nothing new begins."""
    asyncio.run(_halt(tenant_of(context), run, "pause", "paused"))


def resume(context: typer.Context, run: Run) -> None:
    """Let a paused run go on."""
    asyncio.run(_halt(tenant_of(context), run, "resume", "active"))


def cancel(context: typer.Context, run: Run) -> None:
    """End a run now.

    What is done stays; what is open becomes failed (code cancelled) and can be retried.
    """
    asyncio.run(_halt(tenant_of(context), run, "cancel", "cancelled"))


def retry(context: typer.Context, run: Run, *, watch: Watch = True) -> None:
    """Do again what failed or was cancelled, as a new revision.

    What is done is kept and not paid again. Exit code (while watching): 0 completed, 3 completed with
    failures, 1 failed, cancelled or refused.
    """
    raise typer.Exit(asyncio.run(retry_run(tenant_of(context), run, watch=watch)))


def budget(
    context: typer.Context, run: Run, amount: Annotated[float, typer.Argument(metavar="USD", min=0)]
) -> None:
    """Set what a run may spend in all; a run that waits for its budget goes on."""
    asyncio.run(_budget(tenant_of(context), run, amount))


async def retry_run(
    tenant: str, given: str, *, watch: bool, redo: Redo = "nothing", fresh: bool = False
) -> int:
    async with open_views() as views:
        state = await allowed(views, tenant, given, "retry")
        order = order_of(tenant, state, "retry", redo=redo, fresh=fresh)
        await publish(order)
        console().print(f"revision {order.revision} of {state.run_id} does again {AGAIN[redo]}")
        if not watch:
            return 0
        progress = await follow(views, tenant, state.run_id, order.revision)
    say_end(progress)
    return exit_code(progress.status or "")


async def _halt(tenant: str, given: str, command: Command, wanted: str) -> None:
    async with open_views() as views:
        state = await allowed(views, tenant, given, command)
        await publish(order_of(tenant, state, command))
        obeyed = await _until_obeyed(views, tenant, state, wanted)
    done = {"pause": "paused", "resume": "goes on", "cancel": "is being cancelled"}[command]
    later = "" if obeyed else " as soon as every service has read it (are all running?)"
    console().print(f"{state.run_id} {done}{later}")


async def _budget(tenant: str, given: str, amount: float) -> None:
    async with open_views() as views:
        state = await allowed(views, tenant, given, "raise_budget")
        row = await views.fetchrow(BUDGET, tenant, state.run_id)
    spent = row["spent_usd"] if row else 0.0
    if amount < spent:
        raise CliError(f"{state.run_id} has spent {usd(spent)} already; `assort cancel` stops it")
    await publish(order_of(tenant, state, "raise_budget", budget_usd=amount))
    console().print(f"{state.run_id} may spend {usd(amount)} in all; {usd(spent)} are spent")


async def allowed(views: Connection, tenant: str, given: str, command: Command) -> RunState:
    state = await run_state(views, tenant, given)
    reason = refusal(command, state)
    if reason is not None:
        raise CliError(reason)
    return state


def order_of(tenant: str, state: RunState, command: Command, **more: Any) -> RunCommanded:
    # A second pause after a resume is a new command; a second cancel or retry of a revision is not.
    once = command in ("retry", "cancel")
    return RunCommanded(
        tenant=tenant,
        run_id=state.run_id,
        revision=target_revision(command, state),
        command=command,
        number=0 if once else time.time_ns() // 1_000_000 % NUMBERS,
        by=operator(),
        **more,
    )


async def _until_obeyed(views: Connection, tenant: str, state: RunState, wanted: str) -> bool:
    """Whether each service has heard of it. One that has closed the run already counts as obeying."""
    deadline = time.monotonic() + OBEY_SECONDS
    while time.monotonic() < deadline:
        stages = [
            row for row in await stage_runs(views, tenant, state.run_id) if row.revision == state.revision
        ]
        if len(stages) == len(STAGES) and all(row.state in (wanted, "closed") for row in stages):
            return True
        await asyncio.sleep(LOOK_SECONDS)
    return False
