"""`assort show` of a segmentation."""

import json

from cli import packages as reading
from cli.connections import Connection
from cli.console import console
from cli.errors import CliError, Exit
from cli.reading import RunRow
from cli.segments.results import SegmentRow, result_of
from cli.segments.telling import document, segment_document, tell_run, tell_segment, tell_segments


async def show_run(views: Connection, run: RunRow, limit: int, *, as_json: bool) -> None:
    result = await result_of(views, run)
    models = await reading.models(views, run.tenant, run.run_id)
    if as_json:
        print(json.dumps(document(run, result, models), indent=2, ensure_ascii=False, default=str))
        return
    terminal = console()
    tell_run(terminal, run, result, models)
    if result and result.segments and limit:
        tell_segments(terminal, result.segments, limit)
        first = result.segments[0]
        if first.segment_id:
            terminal.print(f"one in full: `assort show {run.run_id[-8:]} --segment {first.segment_id[:8]}`")
    if run.status is None:
        raise CliError(f"{run.run_id} is not over: `assort watch {run.run_id}` follows it", Exit.UNFINISHED)


async def show_segment(views: Connection, run: RunRow, given: str, *, as_json: bool) -> None:
    result = await result_of(views, run)
    found = [segment for segment in (result.segments if result else ()) if _is_meant(segment, given)]
    if len(found) != 1:
        few = "no segment" if not found else f"{len(found)} segments"
        raise CliError(f"{few} of {run.run_id} is called {given}: `assort show {run.run_id}` lists them")
    if as_json:
        print(json.dumps(segment_document(found[0]), indent=2, ensure_ascii=False))
    else:
        tell_segment(console(), found[0])


def _is_meant(segment: SegmentRow, given: str) -> bool:
    return segment.segment_id.startswith(given) or segment.name.casefold() == given.casefold()
