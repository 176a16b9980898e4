"""`assort interactions migrate|rollback|status`"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from cli.connections import Connection, open_index, open_views
from cli.console import clock, console, plain, table
from cli.errors import CliError, Exit
from cli.reading import latest
from cli.scope import tenant_of
from contracts import WorkFailed

if TYPE_CHECKING:
    from llm import Log, Mover, Report

RunId = Annotated[str, typer.Option(metavar="RUN", help="A run, or `last`.")]

MOVE = """
select bucket, state, files, bytes, verified, removed, begun_at, changed_at
from read.llm_interaction_moves_v1 where (tenant, run_id) = ($1, $2)
"""
ROWS = """
select count(*) filter (where file_path like 's3://%') as moved, count(*) as whole
from read.llm_interactions_v1 where (tenant, run_id) = ($1, $2)
"""

Work = Callable[["Mover", "Log"], Awaitable["Report"]]


def build() -> typer.Typer:
    app = typer.Typer(
        no_args_is_help=True, help="The files of a run's LLM calls: move them to a bucket, and back."
    )
    app.command("migrate")(migrate)
    app.command("rollback")(rollback)
    app.command("status")(status)
    return app


def migrate(
    context: typer.Context,
    *,
    run_id: RunId,
    verify_integrity: Annotated[
        bool, typer.Option("--verify-integrity", help="Read back again what a call before has verified.")
    ] = False,
    remove_local: Annotated[
        bool, typer.Option("--remove-local", help="Remove what was read back from the bucket.")
    ] = False,
) -> None:
    """Move the log of a run from STORAGE_ROOT to S3_BUCKET.

    Every copy is read back and its sha256 compared, then the index is switched at once. If it is stopped:
    call it again.
    """
    from objects import ObjectSettings  # noqa: PLC0415 - loads boto3

    bucket = ObjectSettings().s3_bucket
    _do(
        tenant_of(context),
        run_id,
        lambda mover, log: mover.migrate(
            log, bucket, verify_again=verify_integrity, remove_local=remove_local
        ),
    )


def rollback(
    context: typer.Context,
    *,
    run_id: RunId,
    remove_remote: Annotated[
        bool, typer.Option("--remove-remote", help="Remove the copies in the bucket afterwards.")
    ] = False,
) -> None:
    """Bring the log of a run back to STORAGE_ROOT.

    What is no longer there is fetched and compared, then the index is set back. If it is stopped: call
    it again.
    """
    _do(tenant_of(context), run_id, lambda mover, log: mover.rollback(log, remove_remote=remove_remote))


def status(context: typer.Context, *, run_id: RunId) -> None:
    """Tell where the log of a run is."""
    asyncio.run(_tell(tenant_of(context), run_id))


def _do(tenant: str, given: str, work: Work) -> None:
    report = asyncio.run(_moved(tenant, given, work))
    found = table("files", "bytes", "copied", "verified", "skipped", "removed", "rows switched", "state")
    numbers = (
        report.files,
        report.bytes,
        report.copied,
        report.verified,
        report.skipped,
        report.removed,
        report.rows,
    )
    found.add_row(*map(str, numbers), report.state)
    console().print(found)
    where = f"s3://{report.bucket}" if report.state == "moved" else "the folder"
    console().print(plain(f"the index points to {where}; `assort verify` proves it"))


async def _moved(tenant: str, given: str, work: Work) -> "Report":
    from llm import Log, Mover, Moves  # noqa: PLC0415 - loads a provider's client
    from objects import FolderObjects, ObjectSettings, open_bucket  # noqa: PLC0415 - loads boto3

    run = await _over(tenant, given)
    settings = ObjectSettings()
    async with open_index() as pool:
        mover = Mover(
            FolderObjects(settings.storage_root), lambda bucket: open_bucket(settings, bucket), Moves(pool)
        )
        try:
            return await work(mover, Log(tenant, run))
        except WorkFailed as refused:
            raise CliError(refused.words) from refused


async def _over(tenant: str, given: str) -> str:
    async with open_views() as views:
        run = await latest(views, tenant, given)
    if run.status is None:
        raise CliError(
            f"{run.run_id} is not over yet: its log still grows; `assort watch {run.run_id}`", Exit.UNFINISHED
        )
    return run.run_id


@dataclass(frozen=True, slots=True)
class _Where:
    moved: int
    whole: int


async def _tell(tenant: str, given: str) -> None:
    async with open_views() as views:
        run = await latest(views, tenant, given)
        where = await _where(views, tenant, run.run_id)
        move = await views.fetchrow(MOVE, tenant, run.run_id)
    console().print(
        f"{where.whole - where.moved} calls in the store of the services, {where.moved} in a bucket"
    )
    if move is None:
        console().print("never moved")
        return
    found = table("bucket", "state", "files", "bytes", "verified", "removed here", "begun", "changed")
    counts = (move[name] for name in ("files", "bytes", "verified", "removed"))
    times = (clock(move["begun_at"]), clock(move["changed_at"]))
    found.add_row(plain(move["bucket"]), move["state"], *map(str, counts), *times)
    console().print(found)
    if move["state"] in {"copying", "returning"}:
        again = "migrate" if move["state"] == "copying" else "rollback"
        console().print(f"not finished: call `assort interactions {again} --run-id {run.run_id}` again")


async def _where(views: Connection, tenant: str, run_id: str) -> _Where:
    row = await views.fetchrow(ROWS, tenant, run_id)
    assert row is not None  # noqa: S101 - an aggregate has one row
    return _Where(row["moved"], row["whole"])
