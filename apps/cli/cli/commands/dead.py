"""`assort dead list|show|replay|drop`"""

import asyncio
import sys
from collections.abc import Sequence
from typing import Annotated, Literal

import typer

from cli.commands.steer import retry_run
from cli.connections import open_views, publish
from cli.console import clock, console, plain, table
from cli.environment import operator
from cli.errors import CliError, Exit
from cli.letters import Letter, letter, letters
from cli.scope import tenant_of
from contracts.runs import LetterCommanded

WORDS_SHOWN = 70
ID_SHOWN = 8

Ids = Annotated[
    list[str] | None, typer.Argument(metavar="[ID]...", help="Letters, by their id or its beginning.")
]
Every = Annotated[bool, typer.Option("--all", help="Every dead letter; only with --yes is it done.")]
Yes = Annotated[bool, typer.Option("--yes", help="With --all: do it.")]


def build() -> typer.Typer:
    app = typer.Typer(
        no_args_is_help=True, help="Dead letters: what could not be processed, and what to do with it."
    )
    app.command("list")(show_all)
    app.command("show")(show)
    app.command("replay")(replay)
    app.command("drop")(drop)
    return app


def show_all(
    context: typer.Context,
    *,
    every: Annotated[bool, typer.Option("--all", help="Also those replayed or dropped.")] = False,
) -> None:
    """List the dead letters of all services."""
    found = asyncio.run(_letters(tenant_of(context), every=every))
    if not found:
        console().print("no dead letters")
        return
    rows = table("letter", "service", "what", "run", "code", "reason", "since", *(["state"] if every else []))
    for one in found:
        state = [one.state] if every else []
        rows.add_row(one.letter_id[:ID_SHOWN], one.stage, *_cells(one), clock(one.buried_at), *state)
    console().print(rows)


def show(context: typer.Context, letter_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Show one dead letter in full: where it stood, why it is dead, its bytes."""
    one = asyncio.run(_letter(tenant_of(context), letter_id))
    terminal = console()
    for name in (
        "letter_id",
        "stage",
        "topic",
        "place",
        "run_id",
        "revision",
        "code",
        "words",
        "state",
        "replays",
    ):
        terminal.print(f"[bold]{name:<10}[/bold] {plain(getattr(one, name))}", soft_wrap=True)
    terminal.print(plain(one.text), soft_wrap=True)
    terminal.print(plain(_advice(one)))


def replay(context: typer.Context, *, ids: Ids = None, every: Every = False, yes: Yes = False) -> None:
    """Give dead letters back to their service, for example after its code was mended."""
    asyncio.run(_decide(tenant_of(context), ids or [], "replay", every=every, sure=yes))


def drop(context: typer.Context, *, ids: Ids = None, every: Every = False, yes: Yes = False) -> None:
    """Decide that dead letters stay dead. Their bytes are kept."""
    asyncio.run(_decide(tenant_of(context), ids or [], "drop", every=every, sure=yes))


async def _letters(tenant: str, *, every: bool) -> list[Letter]:
    async with open_views() as views:
        return await letters(views, tenant, every=every)


async def _letter(tenant: str, given: str) -> Letter:
    async with open_views() as views:
        return await letter(views, tenant, given)


async def _decide(
    tenant: str, ids: Sequence[str], command: Literal["replay", "drop"], *, every: bool, sure: bool
) -> None:
    if bool(ids) == every:
        raise CliError("name letters, or --all", Exit.UNFINISHED)
    chosen = await _chosen(tenant, ids, every=every)
    dead = [one for one in chosen if one.state == "dead"]
    for one in chosen:
        if one.state != "dead":
            console().print(f"{one.letter_id[:ID_SHOWN]} was {one.state} already")
    if every and not sure:
        _say_plan(dead, command)
        return
    over = [one for one in dead if one.needs_retry] if command == "replay" else []
    await _order(tenant, [one for one in dead if one not in over], command)
    await _retry(tenant, over)


async def _chosen(tenant: str, ids: Sequence[str], *, every: bool) -> list[Letter]:
    async with open_views() as views:
        return (
            await letters(views, tenant) if every else [await letter(views, tenant, given) for given in ids]
        )


async def _order(tenant: str, chosen: Sequence[Letter], command: Literal["replay", "drop"]) -> None:
    if not chosen:
        return
    by = operator()
    orders = [
        LetterCommanded(
            tenant=tenant,
            stage=one.stage,
            letter_id=one.letter_id,
            command=command,
            number=one.replays,
            by=by,
        )
        for one in chosen
    ]
    await publish(*orders)
    done = {"replay": "given back to their services", "drop": "dropped"}[command]
    console().print(f"{len(orders)} letters {done}; `assort dead list` shows what is still dead")


async def _retry(tenant: str, over: Sequence[Letter]) -> None:
    """Letters of runs that are over: a new revision does their work again."""
    for run_id in sorted({one.run_id for one in over}):
        console().print(
            f"{run_id} is over, so none of its letters can be replayed alone:"
            " a new revision does again what failed"
        )
        if not (sys.stdin.isatty() and typer.confirm(f"retry {run_id} now?", default=False)):
            console().print(f"later: `assort retry {run_id}`")
            continue
        await retry_run(tenant, run_id, watch=False)


def _say_plan(dead: Sequence[Letter], command: str) -> None:
    for one in dead:
        console().print(f"would {command} {one.letter_id[:ID_SHOWN]}: {one.stage}, {' '.join(_cells(one))}")
    console().print(f"nothing was done: add --yes to {command} these {len(dead)} letters")


def _cells(one: Letter) -> tuple[str, ...]:
    words = one.words if len(one.words) <= WORDS_SHOWN else f"{one.words[:WORDS_SHOWN]}..."
    return one.topic, one.run_id or "-", one.code, plain(words)


def _advice(one: Letter) -> str:
    if one.state != "dead":
        return f"it was {one.state}"
    if one.needs_retry:
        return f"its run is over: `assort retry {one.run_id}` does it again in a new revision"
    return f"`assort dead replay {one.letter_id[:ID_SHOWN]}` gives it back, `assort dead drop` lets it rest"
