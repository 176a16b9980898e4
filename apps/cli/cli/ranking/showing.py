"""`assort show` of a run of ranking data."""

import json
from collections.abc import Mapping

from cli import packages as reading
from cli.connections import Connection, Store
from cli.console import console
from cli.errors import CliError, Exit
from cli.ranking.material import material_of
from cli.ranking.results import RankingResult, data_of, result_of
from cli.ranking.telling import document, tell_clusters, tell_queries, tell_run
from cli.reading import RunRow
from contracts import InvalidEvent, WorkFailed


async def show_run(views: Connection, store: Store, run: RunRow, limit: int, *, as_json: bool) -> None:
    result = await result_of(views, run)
    data = await data_of(store, run, result)
    models = await reading.models(views, run.tenant, run.run_id)
    if as_json:
        shown = document(run, result, data, models)
        print(json.dumps(shown, indent=2, ensure_ascii=False, default=str))
        return
    terminal = console()
    tell_run(terminal, run, result, data.report if data else None, models)
    if data and limit:
        tell_clusters(terminal, data.report, data.records)
        tell_queries(terminal, data.records, await names_of(store, result), limit)
    if data and data.records:
        terminal.print(f"as files: `assort export {run.run_id[-8:]}`")
    if run.status is None:
        raise CliError(f"{run.run_id} is not over: `assort watch {run.run_id}` follows it", Exit.UNFINISHED)


async def names_of(store: Store, result: RankingResult | None) -> Mapping[str, str]:
    """Nothing where they cannot be read: they are only for show."""
    try:
        return (await material_of(store, result.snapshot, result.brief)).names if result else {}
    except (WorkFailed, InvalidEvent):
        return {}
