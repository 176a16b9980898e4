"""`assort history RUN`"""

import asyncio
import json
from typing import Annotated

import typer
from asyncpg import Record

from cli.connections import open_views
from cli.console import clock, console, plain, table
from cli.reading import LAST, resolve
from cli.scope import tenant_of

CHANGES = """
select revision, change, asked_by, words, at from read.run_changes_v1
where tenant = $1 and run_id = $2 order by at, revision, change
"""


def history(
    context: typer.Context,
    *,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run, or `last`.")] = LAST,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Tell what changed the state of a run, when, and who asked for it."""
    run_id, found = asyncio.run(_changes(tenant_of(context), run))
    if as_json:
        print(json.dumps([dict(one) for one in found], indent=2, ensure_ascii=False, default=str))
        return
    rows = table("at", "rev", "change", "asked by", "", right=("rev",), title=run_id)
    for one in found:
        words = (one["change"], one["asked_by"] or "-", one["words"])
        rows.add_row(clock(one["at"]), str(one["revision"]), *map(plain, words))
    console().print(rows)


async def _changes(tenant: str, given: str) -> tuple[str, list[Record]]:
    async with open_views() as views:
        run_id = await resolve(views, tenant, given)
        return run_id, list(await views.fetch(CHANGES, tenant, run_id))
