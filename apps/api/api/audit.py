"""Who changed what: one row with the change itself, in its transaction."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from api.keys import Caller
from runtime.work import Database

WRITE = """
insert into audit (tenant, action, kind, run_id, revision, key_id, key_name, idempotency_key, client, detail)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb)
"""

READ = """
select id, at, action, kind, run_id, revision, key_id, key_name, idempotency_key, client, detail::text
from audit where tenant = $1 and ($2::text is null or run_id = $2) and ($3::bigint is null or id < $3)
order by id desc limit $4
"""


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for a change, from where, and under which Idempotency-Key."""

    caller: Caller
    client: str = ""
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    action: str
    kind: str | None = None
    run_id: str | None = None
    revision: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    id: int
    at: datetime
    action: str
    kind: str | None
    run_id: str | None
    revision: int | None
    key_id: str | None
    key_name: str
    idempotency_key: str | None
    client: str
    detail: dict[str, Any]


async def write(connection: Database, asking: Asking, change: Change) -> None:
    caller = asking.caller
    await connection.execute(
        WRITE,
        caller.tenant,
        change.action,
        change.kind,
        change.run_id,
        change.revision,
        caller.key_id or None,
        caller.name,
        asking.idempotency_key,
        asking.client,
        json.dumps(dict(change.detail)),
    )


async def read(
    connection: Database, tenant: str, run_id: str | None, before: int | None, limit: int
) -> list[Entry]:
    rows = await connection.fetch(READ, tenant, run_id, before, limit)
    return [Entry(**{**dict(row), "detail": json.loads(row["detail"])}) for row in rows]
