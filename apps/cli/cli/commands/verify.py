"""`assort verify RUN`"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer

from cli.bundles.gathering import gather as gather_bundles
from cli.bundles.gathering import gather_rows as gather_bundle_rows
from cli.connections import Connection, open_store, open_views
from cli.console import console, plain
from cli.domain.checks_exports import CHECKS as EXPORT_CHECKS
from cli.domain.checks_exports import Exports, counted
from cli.domain.evidence import RunEvidence
from cli.domain.proof import Checked, looked_at, open_ends, prove
from cli.errors import Exit
from cli.exports.checking import exports_of
from cli.exports.places import place
from cli.exports.rows import Rows
from cli.gathering import gather
from cli.gathering_rows import gather as gather_rows
from cli.observing import newest_revision
from cli.ranking.gathering import gather as gather_ranking
from cli.ranking.gathering import gather_rows as gather_ranking_rows
from cli.reading import LAST, latest, runs
from cli.scope import tenant_of
from cli.segments.gathering import gather as gather_segments
from cli.segments.gathering import gather_rows as gather_segment_rows

SHOWN = 20
SETTLE_SECONDS = 5.0
LOOK_SECONDS = 0.2

LookAtRows = Callable[[Connection, str, str, int], Awaitable[RunEvidence]]


def verify(
    context: typer.Context,
    *,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run, or `last`.")] = LAST,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    exports: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Also hold what was exported there against the run.")
    ] = None,
    sheets: Annotated[
        str | None, typer.Option(metavar="SPREADSHEET", help="Also a spreadsheet of Google, by its id.")
    ] = None,
) -> None:
    """Prove that a run lost nothing.

    From tables and objects alone, never from the services' own counters. Exit code: 0 proven, 1 something
    was found, 2 the run is not over yet.
    """
    evidence = asyncio.run(collect(tenant_of(context), run))
    exported = None
    if evidence.status is not None and (exports or sheets):
        exported = asyncio.run(collect_exports(evidence, exports, sheets))
    if as_json:
        print(json.dumps({**document(evidence), **exports_document(exported)}, indent=2))
    elif evidence.status is None:
        _say_open(evidence)
    else:
        say_proof(evidence)
        say_exports(exported)
    wrong = exported is not None and any(checked.findings for checked in check_exports(exported))
    raise typer.Exit(Exit.FAILED if wrong else _code(evidence))


async def collect(tenant: str, given: str) -> RunEvidence:
    async with open_views() as views:
        run = await latest(views, tenant, given)
        # A retry that a service has begun is the revision to look at, even if the ledger has not heard of it.
        revision = max(run.revision, await newest_revision(views, tenant, run.run_id))
        whole = (tenant, run.run_id, revision)
        if run.kind == "bundles":
            await _settled(views, gather_bundle_rows, whole)
            return await gather_bundles(views, open_store(), *whole)
        if run.kind == "ranking_data":
            await _settled(views, gather_ranking_rows, whole)
            return await gather_ranking(views, open_store(), *whole)
        if run.kind == "segmentation":
            await _settled(views, gather_segment_rows, whole)
            return await gather_segments(views, open_store(), *whole)
        await _settled(views, gather_rows, whole)
        return await gather(views, open_store(), *whole)


async def collect_exports(evidence: RunEvidence, folder: Path | None, spreadsheet_id: str | None) -> Exports:
    run = (evidence.tenant, evidence.run_id)
    async with open_views() as views:
        first = (await runs(views, evidence.tenant, run_id=evidence.run_id, limit=10_000))[-1]
        where = place(folder or Path(), evidence.run_id, evidence.revision, first.requested_at)
        return await exports_of(
            Rows(views, *run, evidence.revision), where if folder else None, spreadsheet_id
        )


def check_exports(exports: Exports) -> list[Checked]:
    return [Checked(check.__name__, tuple(check(exports))) for check in EXPORT_CHECKS]


def exports_document(exports: Exports | None) -> dict[str, object]:
    if exports is None:
        return {}
    found = [{"check": one.check, "words": words} for one in check_exports(exports) for words in one.findings]
    return {"exports": {"agree": not found, "counts": counted(exports), "findings": found}}


def say_exports(exports: Exports | None) -> None:
    if exports is None:
        return
    for words in counted(exports):
        console().print(plain(words), soft_wrap=True)
    for checked in check_exports(exports):
        _say_check(checked)


async def _settled(views: Connection, rows: LookAtRows, run: tuple[str, str, int]) -> None:
    """The last event of a run is read a moment before its sender notes that it was sent."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline:
        seen = await rows(views, *run)
        if seen.status is None or not (seen.open_work or any(seen.unsent.values())):
            return
        await asyncio.sleep(LOOK_SECONDS)


def document(evidence: RunEvidence) -> dict[str, object]:
    over = evidence.status is not None
    return {
        "run_id": evidence.run_id,
        "revision": evidence.revision,
        "status": evidence.status,
        "proven": over and not findings(evidence),
        "looked_at": looked_at(evidence),
        "findings": findings(evidence) if over else [],
        "open": [] if over else open_ends(evidence),
    }


def findings(evidence: RunEvidence) -> list[dict[str, str]]:
    return [
        {"check": checked.check, "words": words} for checked in prove(evidence) for words in checked.findings
    ]


def say_proof(evidence: RunEvidence) -> None:
    terminal = console()
    proof = prove(evidence)
    for checked in proof:
        _say_check(checked)
    seen = ", ".join(f"{number} {name}" for name, number in looked_at(evidence).items())
    failed = [checked for checked in proof if checked.findings]
    terminal.print(f"looked at {seen}")
    if failed:
        terminal.print(
            f"[red bold]{evidence.run_id} is not proven: {len(failed)} of {len(proof)} checks failed[/]"
        )
    else:
        terminal.print(
            f"[green bold]{evidence.run_id} ({evidence.status}) is proven: {len(proof)} checks hold[/]"
        )


def _say_check(checked: Checked) -> None:
    terminal = console()
    mark = "[red]x[/red]" if checked.findings else "[green]ok[/green]"
    terminal.print(f"{mark:<4} {checked.words}")
    for words in checked.findings[:SHOWN]:
        terminal.print(f"     {plain(words)}", soft_wrap=True)
    if len(checked.findings) > SHOWN:
        terminal.print(f"     and {len(checked.findings) - SHOWN} more (--json shows all)")


def _say_open(evidence: RunEvidence) -> None:
    terminal = console()
    terminal.print(f"{evidence.run_id} revision {evidence.revision} is not over yet:")
    for words in open_ends(evidence):
        terminal.print(f"  {plain(words)}", soft_wrap=True)


def _code(evidence: RunEvidence) -> Exit:
    if evidence.status is None:
        return Exit.UNFINISHED
    return Exit.FAILED if findings(evidence) else Exit.OK
