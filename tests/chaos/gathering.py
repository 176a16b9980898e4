"""Collects the evidence once the storm is over."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import asyncpg

from cli.domain.proof import prove
from cli.gathering import gather as gather_run
from cli.reading import STAGES
from local import Endpoints
from tests.chaos.bus import Bus
from tests.chaos.evidence import Evidence, Outcome, Pairs, Record, Request, Tables
from tests.stages import open_store

# Every end of a piece of work, noted by the database itself: the worker's word is not taken for it.
AUDIT = """
create schema chaos;
create table chaos.ending (stage text not null, event_id uuid not null, state text not null);
create function chaos.note_ending() returns trigger language plpgsql as $$
begin
    insert into chaos.ending values (tg_table_schema, new.event_id, new.state);
    return null;
end $$;
"""
AUDITED = """
create trigger chaos_ending after update of state on {stage}.inbox for each row
when (new.state not in ('pending', 'leased')) execute function chaos.note_ending();
"""

RESULTS = {
    "clusters": "select run_id, cluster_id::text from clusterer.cluster",
    "packages": "select run_id, package_id::text from packager.package",
    "enriched": "select run_id, package_id::text from enricher.enriched",
    "outcomes": "select run_id, run_id from enricher.outcome",
}
LEFT_OVER = """
select format('{stage}: %s x %s %s (%s)', count(*), name, state, min(reason)) from {stage}.inbox
where state in ('pending', 'leased') group by name, state
union all select format('{stage}: %s events wait in the outbox', count(*)) from {stage}.outbox
where sent_at is null having count(*) > 0
union all select format('{stage}: %s revision %s is %s', run_id, revision, state) from {stage}.run
where expected is not null and state <> 'closed'
"""
LETTERS = "select format('{stage}: %s %s: %s', topic, code, words) from {stage}.dead_letter"


async def audit(connection: asyncpg.Connection) -> None:
    await connection.execute(AUDIT)
    for stage in STAGES:
        await connection.execute(AUDITED.format(stage=stage))


async def gather(
    bus: Bus,
    connection: asyncpg.Connection,
    endpoints: Endpoints,
    bucket: Path,
    journal: list[dict[str, Any]],
) -> Evidence:
    """`bucket`: the folder in which the object store keeps its objects. `journal`: the simulator's."""
    records = await bus.everything()
    requests = tuple(Request(each["at"], each["prompt_sha256"]) for each in journal)
    seen = Evidence(
        records=tuple(records),
        sent_again=bus.sent_again,
        tables=await tables(connection),
        outcomes=dict(_outcomes(records, bucket)),
        unclustered=dict(_unclustered(records, bucket)),
        requests=requests,
        answered_at=_answered_at(bucket, {request.prompt_sha256 for request in requests}),
    )
    proofs = {run: await _proof(connection, endpoints, run) for run in seen.runs}
    return Evidence(**{**{name: getattr(seen, name) for name in seen.__dataclass_fields__}, "proofs": proofs})


async def tables(connection: asyncpg.Connection) -> Tables:
    async def pairs(query: str) -> Pairs:
        return frozenset((row[0], row[1]) for row in await connection.fetch(query))

    async def words(query: str) -> tuple[str, ...]:
        return tuple(
            [row[0] for stage in STAGES for row in await connection.fetch(query.format(stage=stage))]
        )

    results = {name: await pairs(query) for name, query in RESULTS.items()}
    ledger = await connection.fetch("select event_id::text, conflicts from ledger.event")
    endings = await connection.fetch("select stage, event_id::text, count(*) from chaos.ending group by 1, 2")
    return Tables(
        **results,
        ledger={row[0]: row[1] for row in ledger},
        endings={(row[0], row[1]): row[2] for row in endings},
        letters=await words(LETTERS),
        left_over=await words(LEFT_OVER),
    )


def _outcomes(records: list[Record], bucket: Path) -> Iterator[tuple[str, Outcome]]:
    for record in records:
        if record.topic == "run.finished.v1" and record.body["outcome"]:
            told = _object(bucket, record.body["outcome"])
            failed, excluded = ([each["item_id"] for each in told[state]] for state in ("failed", "excluded"))
            yield record.body["run_id"], Outcome(tuple(told["placed"]), tuple(failed), tuple(excluded))


def _unclustered(records: list[Record], bucket: Path) -> Iterator[tuple[str, frozenset[str]]]:
    for record in records:
        if record.topic == "deals.clustered.v1":
            told = _object(bucket, record.body["clustering"])
            yield record.body["run_id"], frozenset(each["item_id"] for each in told["excluded"])


def _object(bucket: Path, reference: Mapping[str, Any]) -> dict[str, Any]:
    body = (bucket / reference["key"]).read_bytes()
    assert hashlib.sha256(body).hexdigest() == reference["sha256"], f"{reference['key']} was changed"
    return dict(json.loads(body))


def _answered_at(bucket: Path, prompts: set[str]) -> dict[str, float]:
    """When the first answer to each prompt was written; interaction files tell which prompt has which key."""
    written: dict[str, float] = {}
    for file in (bucket / "answers").glob("*/*/*.json"):
        key = file.parent.name
        written[key] = min(written.get(key, file.stat().st_mtime), file.stat().st_mtime)
    answered: dict[str, float] = {}
    for file in (bucket / "llm_logs").glob("RUN_*/*/*.json"):
        interaction = json.loads(file.read_bytes())
        key = interaction["metadata"]["cache_key"]
        prompt = _prompt_sha256(interaction["prompt"], prompts)
        if prompt is not None and key in written:
            answered[prompt] = written[key]
    return answered


def _prompt_sha256(text: str, prompts: set[str]) -> str | None:
    """The file joins system and user text by an empty line, the simulator by a new line: try each."""
    place = text.find("\n\n")
    while place >= 0:
        digest = hashlib.sha256(f"{text[:place]}\n{text[place + 2 :]}".encode()).hexdigest()
        if digest in prompts:
            return digest
        place = text.find("\n\n", place + 1)
    return None


async def _proof(connection: asyncpg.Connection, endpoints: Endpoints, run: str) -> tuple[str, ...]:
    store = open_store(endpoints)
    try:
        evidence = await gather_run(connection, store, "main", run, 1)
    finally:
        store.close()
    if evidence.status != "completed":
        return (f"it is {evidence.status}",)
    return tuple(f"{checked.check}: {words}" for checked in prove(evidence) for words in checked.findings)
