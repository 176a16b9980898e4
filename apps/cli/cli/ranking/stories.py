"""What became of one candidate in one run of ranking data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cli.connections import Connection, Store
from cli.console import console, plain
from cli.errors import CliError
from cli.ranking.evidence import RankingEvidence
from cli.ranking.gathering import RankingObjects, gather_rows
from cli.ranking.results import result_of
from cli.ranking.showing import names_of
from cli.reading import RunRow
from ranking.record import Record

RECORDS_SHOWN: Final = 20

# Deals are told of by the runs that package them; this is for what no feed has ever published.
NEWEST = """
select r.run_id from read.ranking_records_v1 r
where r.tenant = $1 and r.candidate_id = $2 and not exists (
    select from read.items_v1 i where i.tenant = $1 and i.kind = 'deal' and i.item_id = $2
) order by r.run_id desc limit 1
"""


@dataclass(frozen=True, slots=True)
class CandidateStory:
    candidate_id: str
    name: str
    run: RunRow
    records: tuple[Record, ...]
    verdict: str


async def newest_run_of(views: Connection, tenant: str, candidate_id: str) -> str | None:
    name: str | None = await views.fetchval(NEWEST, tenant, candidate_id)
    return name


async def tell(views: Connection, store: Store, run: RunRow, given: str) -> CandidateStory:
    seen = await gather_rows(views, run.tenant, run.run_id, run.revision)
    whole = await RankingObjects(store).completed(seen)
    candidate_id = meant(whole, given)
    records = tuple(record for record in whole.records or () if record.candidate_id == candidate_id)
    told = verdict(whole, candidate_id, records)
    if told is None:
        raise CliError(f"{run.run_id} knows no candidate {given}")
    names = await names_of(store, await result_of(views, run))
    return CandidateStory(candidate_id, names.get(candidate_id, ""), run, records, told)


def say(told: CandidateStory) -> None:
    terminal = console()
    terminal.print(f"[bold]{plain(told.candidate_id)}[/bold]  {plain(told.name)}", soft_wrap=True)
    status = told.run.status or "running"
    terminal.print(f"  {'run':<10} {told.run.run_id} revision {told.run.revision} ({status})", soft_wrap=True)
    for record in told.records[:RECORDS_SHOWN]:
        label = "positive" if record.label else "negative"
        why = f"grade {record.grade}, {record.reason.replace('_', ' ')}, {record.split}"
        words = f"of {plain(record.query)!r} ({why}; cluster {plain(record.cluster_id)})"
        terminal.print(f"  {label:<10} {words}", soft_wrap=True)
    if len(told.records) > RECORDS_SHOWN:
        terminal.print(f"  {'':<10} and {len(told.records) - RECORDS_SHOWN} more records")
    terminal.print(f"  {'so it is':<10} {plain(told.verdict)}", soft_wrap=True)


def meant(run: RankingEvidence, given: str) -> str:
    """The id; of a deal its last part will do where it is the only one."""
    if given in run.items:
        return given
    found = sorted(one for one in run.items if one.endswith(f"/{given}"))
    if len(found) > 1:
        raise CliError(f"{given} may be {', '.join(found[:5])}: write the origin too")
    return found[0] if found else given


def verdict(run: RankingEvidence, candidate_id: str, records: Sequence[Record]) -> str | None:
    """None: it has nothing to do with the run."""
    if run.outcome is None:
        return "open: the run is not over" if candidate_id in run.items else None
    for state, unplaced in (("failed", run.outcome.failed), ("in no record", run.outcome.excluded)):
        found = next((one for one in unplaced if one.item_id == candidate_id), None)
        if found is not None:
            return f"{state}: {found.code}: {found.words}"
    if records:
        positives = sum(record.label for record in records)
        return f"placed: positive in {positives} records, negative in {len(records) - positives}"
    return None
