"""What a run of ranking data came to, read from the views and from the objects that they name."""

from dataclasses import dataclass
from typing import Any, TypeVar

from cli.connections import Connection, Store
from cli.domain.comparing import Pack
from cli.domain.evidence import Named
from cli.errors import CliError
from cli.manifests import read_manifest, read_named
from cli.reading import RunRow
from contracts import Entity, InvalidEvent, WorkFailed
from contracts.ranking import MadeBy, RankingBrief, Split
from contracts.ranking_report import RankingReport
from ranking.files import query_id, read_records
from ranking.record import Grade, Reason, Record

E = TypeVar("E", bound=Entity)

RUN = """
select brief, snapshot, drawn, dataset, report from read.ranking_runs_v1
where tenant = $1 and run_id = $2 and revision = $3
"""

QUERIES = """
select cluster_id, prompt, made_by, queries from read.ranking_queries_v1
where tenant = $1 and run_id = $2 and revision = $3 order by cluster_id collate "C"
"""

RECORDS = """
select number, query, candidate_id, cluster_id, label, grade, reason, split, made_by
from read.ranking_records_v1 where tenant = $1 and run_id = $2 and revision = $3 order by number
"""


@dataclass(frozen=True, slots=True)
class QuerySet:
    """Queries that were written about a cluster, before any was left out."""

    cluster_id: str
    prompt: str
    made_by: MadeBy
    queries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A record as the table has it: all but the key of its question."""

    number: int
    query: str
    candidate_id: str
    cluster_id: str
    label: int
    grade: Grade
    reason: Reason
    split: Split
    made_by: MadeBy

    @classmethod
    def of(cls, number: int, record: Record) -> "RecordRow":
        return cls(
            number=number,
            query=record.query,
            candidate_id=record.candidate_id,
            cluster_id=record.cluster_id,
            label=record.label,
            grade=record.grade,
            reason=record.reason,
            split=record.split,
            made_by=record.made_by,
        )


@dataclass(frozen=True, slots=True)
class RankingResult:
    """No dataset: the run is not over, or came to nothing."""

    brief: RankingBrief
    drawn: tuple[str, ...]
    snapshot: Named
    dataset: Named | None
    report: Named | None


@dataclass(frozen=True, slots=True)
class RankingData:
    records: tuple[Record, ...]
    report: RankingReport


async def result_of(views: Connection, run: RunRow) -> RankingResult | None:
    """None: the ranker has not heard of the run yet."""
    row = await views.fetchrow(RUN, run.tenant, run.run_id, run.revision)
    if row is None:
        return None
    snapshot = named(row["snapshot"])
    assert snapshot is not None  # noqa: S101 - it begins with one
    return RankingResult(
        brief=brief_of(row["brief"]),
        drawn=tuple(row["drawn"]),
        snapshot=snapshot,
        dataset=named(row["dataset"]),
        report=named(row["report"]),
    )


async def data_of(store: Store, run: RunRow, result: RankingResult | None) -> RankingData | None:
    """None: there are none, or not yet."""
    if result is None or result.dataset is None or result.report is None:
        return None
    try:
        body = await read_named(store, result.dataset)
        report = await read_manifest(store, result.report, RankingReport)
        return RankingData(read_records(body, result.dataset.key), report)
    except (WorkFailed, InvalidEvent) as error:
        raise CliError(f"{error.words}; see `assort verify {run.run_id}`") from error


async def query_sets_of(views: Connection, tenant: str, run_id: str, revision: int) -> tuple[QuerySet, ...]:
    rows = await views.fetch(QUERIES, tenant, run_id, revision)
    return tuple(
        QuerySet(row["cluster_id"], row["prompt"], row["made_by"], tuple(row["queries"])) for row in rows
    )


async def rows_of(views: Connection, tenant: str, run_id: str, revision: int) -> tuple[RecordRow, ...]:
    return tuple(RecordRow(**dict(row)) for row in await views.fetch(RECORDS, tenant, run_id, revision))


async def packs_of(views: Connection, tenant: str, run_id: str, revision: int) -> list[Pack]:
    """Queries, each with its records: to be compared with those of another run."""
    texts: dict[str, str] = {}
    records: dict[str, set[str]] = {}
    for row in await rows_of(views, tenant, run_id, revision):
        name = query_id(row.cluster_id, row.query)
        texts[name] = row.query
        records.setdefault(name, set()).add(f"{row.candidate_id} (grade {row.grade}, {row.split})")
    return [Pack(name, text, frozenset(records[name])) for name, text in texts.items()]


def brief_of(document: dict[str, Any]) -> RankingBrief:
    return RankingBrief.model_validate(document, extra="ignore", strict=False)


def named(stored: dict[str, Any] | None) -> Named | None:
    return Named(stored["key"], stored["sha256"]) if stored else None
