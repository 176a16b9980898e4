"""`assort show RUN`"""

import asyncio
import json
from typing import Annotated, Any

import typer

from cli import packages as reading
from cli.bundles.showing import show_bundle
from cli.bundles.showing import show_run as show_bundles
from cli.connections import Connection, open_store, open_views
from cli.console import console
from cli.domain.reasons import Reasons
from cli.errors import CliError, Exit
from cli.packages import Excluded, Package
from cli.ranking.showing import show_run as show_ranking
from cli.reading import LAST, RunRow, latest, vector_model
from cli.scope import tenant_of
from cli.segments.showing import show_run, show_segment
from cli.telling import tell_package, tell_packages, tell_run

MANY = 10


def show(
    context: typer.Context,
    *,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run, or `last`.")] = LAST,
    packages: Annotated[int, typer.Option(min=0, metavar="N", help="How many packages to list.")] = MANY,
    package: Annotated[
        str | None, typer.Option(metavar="ID", help="One package in full, by its id or its beginning.")
    ] = None,
    segments: Annotated[int, typer.Option(min=0, metavar="N", help="How many segments to list.")] = 30,
    segment: Annotated[
        str | None, typer.Option(metavar="ID", help="One segment in full, by id or name.")
    ] = None,
    bundles: Annotated[int, typer.Option(min=0, metavar="N", help="How many bundles to list.")] = 30,
    bundle: Annotated[
        str | None, typer.Option(metavar="ID", help="One bundle in full, by id or name.")
    ] = None,
    queries: Annotated[int, typer.Option(min=0, metavar="N", help="How many labelled queries.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, for machines.")] = False,
) -> None:
    """Show a run: counts, cost, settings, packages, segments, bundles or queries; or one of them in full."""
    kind = asyncio.run(_kind(tenant_of(context), run))
    if kind == "ranking_data":
        asyncio.run(_ranking(tenant_of(context), run, queries, as_json=as_json))
        return
    if bundle is not None or kind == "bundles":
        asyncio.run(_bundles(tenant_of(context), run, bundle, bundles, as_json=as_json))
        return
    if segment is not None or kind == "segmentation":
        asyncio.run(_segmentation(tenant_of(context), run, segment, segments, as_json=as_json))
        return
    if package is not None:
        asyncio.run(_show_package(tenant_of(context), run, package, as_json=as_json))
        return
    row, found, models, reasons, vectors = asyncio.run(_read(tenant_of(context), run))
    if as_json:
        shown = _document(row, found, models, reasons) | {"vectors": vectors}
        print(json.dumps(shown, indent=2, ensure_ascii=False, default=str))
        return
    terminal = console()
    tell_run(terminal, row, models, reasons, vectors)
    if found and packages:
        tell_packages(terminal, found, packages)
        terminal.print(f"one in full: `assort show {row.run_id[-8:]} --package {found[0].package_id[:8]}`")
    if row.status is None:
        raise CliError(f"{row.run_id} is not over: `assort watch {row.run_id}` follows it", Exit.UNFINISHED)


async def _kind(tenant: str, given: str) -> str | None:
    async with open_views() as views:
        return (await latest(views, tenant, given)).kind


async def _segmentation(tenant: str, given: str, segment: str | None, limit: int, *, as_json: bool) -> None:
    async with open_views() as views:
        row = await latest(views, tenant, given)
        if segment is None:
            await show_run(views, row, limit, as_json=as_json)
        else:
            await show_segment(views, row, segment, as_json=as_json)


async def _bundles(tenant: str, given: str, bundle: str | None, limit: int, *, as_json: bool) -> None:
    async with open_views() as views:
        row = await latest(views, tenant, given)
        if bundle is None:
            await show_bundles(views, row, limit, as_json=as_json)
        else:
            await show_bundle(views, row, bundle, as_json=as_json)


async def _ranking(tenant: str, given: str, limit: int, *, as_json: bool) -> None:
    async with open_views() as views:
        await show_ranking(views, open_store(), await latest(views, tenant, given), limit, as_json=as_json)


async def _read(tenant: str, given: str) -> tuple[RunRow, list[Package], list[str], Reasons, str]:
    async with open_views() as views:
        row = await latest(views, tenant, given)
        return (
            row,
            await reading.packages(views, tenant, row.run_id),
            await reading.models(views, tenant, row.run_id),
            await reading.reasons(views, open_store(), row),
            await vector_model(views, row),
        )


async def _show_package(tenant: str, given: str, package_id: str, *, as_json: bool) -> None:
    async with open_views() as views:
        row = await latest(views, tenant, given)
        found = await reading.package(views, tenant, row.run_id, package_id)
        excluded = await _excluded(views, tenant, row.run_id, found)
    if as_json:
        print(json.dumps(package_document(found, excluded), indent=2, ensure_ascii=False))
    else:
        tell_package(console(), found, excluded)


async def _excluded(views: Connection, tenant: str, run_id: str, found: Package) -> list[Excluded]:
    return await reading.excluded(views, tenant, run_id, found.package_id) if found.kind == "excluded" else []


def package_document(found: Package, excluded: list[Excluded]) -> dict[str, Any]:
    return {
        "package_id": found.package_id,
        "cluster_id": found.cluster_id,
        "kind": found.kind,
        "package_name": found.name,
        "deal_ids": found.deal_ids,
        "excluded": [{"item_id": one.item_id, "code": one.code, "words": one.words} for one in excluded],
        "reasoning": found.reasoning,
        "models": found.models,
        "aggregates": found.aggregates.model_dump(mode="json") if found.aggregates else None,
        "advice": found.advice.model_dump(mode="json") if found.advice else None,
    }


def _document(row: RunRow, found: list[Package], models: list[str], reasons: Reasons) -> dict[str, Any]:
    return {
        "run_id": row.run_id,
        "revision": row.revision,
        "status": row.status,
        "words": row.words,
        "requested_at": row.requested_at,
        "finished_at": row.finished_at,
        "counts": row.counts.model_dump(),
        "excluded": dict(reasons.excluded),
        "failed": dict(reasons.failed),
        "cost": row.cost.model_dump(),
        "quality": row.quality.model_dump() if row.quality else None,
        "models": models,
        "simulated": reading.is_simulated(models),
        "settings": row.settings,
        "packages": [package_document(one, []) for one in found],
    }
