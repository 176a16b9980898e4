"""`assort enrich RUN`"""

import asyncio
from typing import Annotated

import typer

from cli.commands.steer import Run, Watch, retry_run
from cli.scope import tenant_of


def enrich(
    context: typer.Context,
    run: Run,
    *,
    resume: Annotated[
        bool,
        typer.Option(
            help="Only what failed or is not enriched; --no-resume: every package, from stored answers."
        ),
    ] = True,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Every package, with new answers of the model; they cost.")
    ] = False,
    watch: Watch = True,
) -> None:
    """Enrich the packages of a run that is over again, as a new revision; clusters and packages stay.

    Exit code (while watching): 0 completed, 3 completed with failures, 1 failed, cancelled or refused.
    """
    redo = fresh or not resume
    code = asyncio.run(
        retry_run(tenant_of(context), run, watch=watch, redo="enrichment" if redo else "nothing", fresh=fresh)
    )
    raise typer.Exit(code)
