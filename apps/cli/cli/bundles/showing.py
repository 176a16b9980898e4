"""`assort show` of a run of bundles."""

import json

from cli import packages as reading
from cli.bundles.results import BundleRow, result_of
from cli.bundles.telling import (
    bundle_document,
    document,
    tell_bundle,
    tell_bundles,
    tell_objectives,
    tell_run,
)
from cli.connections import Connection
from cli.console import console
from cli.errors import CliError, Exit
from cli.reading import RunRow


async def show_run(views: Connection, run: RunRow, limit: int, *, as_json: bool) -> None:
    result = await result_of(views, run)
    models = await reading.models(views, run.tenant, run.run_id)
    if as_json:
        print(json.dumps(document(run, result, models), indent=2, ensure_ascii=False, default=str))
        return
    terminal = console()
    tell_run(terminal, run, result, models)
    if result and result.record:
        tell_objectives(terminal, result.record)
    if result and result.bundles and limit:
        tell_bundles(terminal, result.bundles, limit)
        first = result.bundles[0].bundle_id[:8]
        terminal.print(f"one in full: `assort show {run.run_id[-8:]} --bundle {first}`")
    if run.status is None:
        raise CliError(f"{run.run_id} is not over: `assort watch {run.run_id}` follows it", Exit.UNFINISHED)


async def show_bundle(views: Connection, run: RunRow, given: str, *, as_json: bool) -> None:
    result = await result_of(views, run)
    found = [one for one in (result.bundles if result else ()) if _is_meant(one, given)]
    if len(found) != 1:
        few = "no bundle" if not found else f"{len(found)} bundles"
        raise CliError(f"{few} of {run.run_id} is called {given}: `assort show {run.run_id}` lists them")
    if as_json:
        print(json.dumps(bundle_document(found[0]), indent=2, ensure_ascii=False))
    else:
        tell_bundle(console(), found[0])


def _is_meant(one: BundleRow, given: str) -> bool:
    return one.bundle_id.startswith(given) or one.name.casefold() == given.casefold()
