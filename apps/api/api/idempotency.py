"""The same request sent again gets the same answer, whichever process it reaches and however soon.

The row is written with what was asked for. A second request waits at the row until the first is committed.
"""

import hashlib
import json
from typing import Any

from api.audit import Asking
from api.problems import Problem
from contracts.event import canonical
from runtime.work import Database

FORGET = """
delete from idempotency
where (key_id, idempotency_key) = ($1, $2) and created_at < now() - make_interval(secs => $3)
"""

CLAIM = """
insert into idempotency (key_id, idempotency_key, fingerprint) values ($1, $2, $3)
on conflict do nothing returning true
"""

FIND = """
select fingerprint, response::text from idempotency
where (key_id, idempotency_key) = ($1, $2) and created_at >= now() - make_interval(secs => $3)
"""

KEEP = "update idempotency set response = $3::jsonb where (key_id, idempotency_key) = ($1, $2)"

PRUNE = "delete from idempotency where created_at < now() - make_interval(secs => $1)"


def fingerprint(path: str, body: Any) -> bytes:
    return hashlib.sha256(canonical([path, body])).digest()


async def find(connection: Database, asking: Asking, mark: bytes, keep_seconds: float) -> Any | None:
    """The answer that was given; a Problem if the key stands for another request."""
    if asking.idempotency_key is None:
        return None
    row = await connection.fetchrow(FIND, asking.caller.key_id, asking.idempotency_key, keep_seconds)
    if row is None:
        return None
    if row["fingerprint"] != mark:
        raise Problem(
            422,
            "idempotency_key",
            "this Idempotency-Key was used for another request: send a new one with each new request",
        )
    return json.loads(row["response"])


async def claim(connection: Database, asking: Asking, mark: bytes, keep_seconds: float) -> Any | None:
    """Within the transaction of the request. None: it is the first one, go on and `keep` the answer."""
    if asking.idempotency_key is None:
        return None
    key = (asking.caller.key_id, asking.idempotency_key)
    await connection.execute(FORGET, *key, keep_seconds)
    if await connection.fetchval(CLAIM, *key, mark):
        return None
    return await find(connection, asking, mark, keep_seconds)


async def keep(connection: Database, asking: Asking, response: Any) -> None:
    if asking.idempotency_key is not None:
        await connection.execute(
            KEEP, asking.caller.key_id, asking.idempotency_key, json.dumps(response, ensure_ascii=False)
        )


async def prune(connection: Database, keep_seconds: float) -> None:
    await connection.execute(PRUNE, keep_seconds)
