"""Which run a deal was last in."""

from dataclasses import dataclass

from cli.connections import Connection, Store
from cli.errors import CliError
from cli.manifests import asks_for
from cli.reading import RunRow, newest_runs
from contracts import InvalidEvent, WorkFailed

RUNS_SEARCHED = 20  # what an older run asked for is in its manifests alone, and reading them all takes long

CLUSTERED = """
select distinct run_id from read.cluster_deals_v1
where tenant = $1 and run_id = any($2) and item_id = $3
"""


@dataclass(frozen=True, slots=True)
class Search:
    run: RunRow | None  # the newest that asked for the deal
    passed: int  # newer ones that did not
    unfrozen: int  # newer ones of which nobody can say it yet


async def newest_run_of(views: Connection, store: Store, tenant: str, item_id: str) -> Search:
    rows = await newest_runs(views, tenant, RUNS_SEARCHED)
    seen = await views.fetch(CLUSTERED, tenant, [row.run_id for row in rows], item_id)
    clustered = {row["run_id"] for row in seen}
    passed = unfrozen = 0
    for row in rows:
        asked = row.run_id in clustered or await _asks_for(views, store, row, item_id)
        if asked:
            return Search(row, passed, unfrozen)
        passed += asked is False
        unfrozen += asked is None
    return Search(None, passed, unfrozen)


def not_found(search: Search, known: str) -> str:
    """In a sentence: what is known of the deal, where it was looked for in vain, and what to do."""
    looked_at = search.passed + search.unfrozen
    if not looked_at:
        return f"{known}, and there was no run yet: `assort run packages` starts one"
    words = [known]
    if search.passed:
        newest = "the newest run" if search.passed == 1 else f"the newest {search.passed} runs"
        words.append(f"it was not asked for in {newest}")
    if search.unfrozen:
        unfrozen = "1 run has" if search.unfrozen == 1 else f"{search.unfrozen} runs have"
        words.append(f"{unfrozen} not frozen its deals yet: ask again in a moment")
    if looked_at >= RUNS_SEARCHED:
        words.append("`assort runs` lists them, and --run RUN looks at an older one")
    return "; ".join(words)


async def _asks_for(views: Connection, store: Store, row: RunRow, item_id: str) -> bool | None:
    try:
        return await asks_for(views, store, row, item_id)
    except (WorkFailed, InvalidEvent) as error:
        words = f"cannot tell whether {row.run_id} asked for {item_id}: {error.words}"
        raise CliError(f"{words}; --run RUN looks at one run alone") from error
