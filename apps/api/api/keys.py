"""Keys: random, shown once, kept as a hash. Each belongs to a tenant and counts its own requests."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Final, Literal

import asyncpg

from api.problems import Problem
from runtime.work import Database

Scope = Literal["read", "run", "admin"]

# A wider scope holds the narrower ones.
HOLDS: Final[dict[str, frozenset[str]]] = {
    "read": frozenset({"read"}),
    "run": frozenset({"read", "run"}),
    "admin": frozenset({"read", "run", "admin"}),
}
DEFAULT_PER_MINUTE: Final = 600
KEY: Final = re.compile(r"ak_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")

LET_IN = "select o_tenant, o_name, o_scopes, o_disabled, o_wait from let_in($1, $2)"

CREATE = """
insert into api_key (key_id, tenant, name, sha256, scopes, per_minute, created_by)
values ($1, $2, $3, $4, $5, $6, $7) returning created_at
"""

LIST = """
select key_id, name, scopes, per_minute, created_at, created_by, disabled_at from api_key
where tenant = $1 and ($2::timestamptz is null or (created_at, key_id) > ($2, $3))
order by created_at, key_id limit $4
"""

DISABLE = """
update api_key set disabled_at = coalesce(disabled_at, now()) where tenant = $1 and key_id = $2
returning name
"""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever is asking, by its key."""

    key_id: str
    name: str
    tenant: str
    scopes: frozenset[str]

    def may(self, scope: Scope) -> bool:
        return any(scope in HOLDS[held] for held in self.scopes)


@dataclass(frozen=True, slots=True)
class Key:
    key_id: str
    name: str
    scopes: tuple[str, ...]
    per_minute: int
    created_at: datetime
    created_by: str
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """The only time at which the whole key is there."""

    key_id: str
    key: str
    created_at: datetime


def key_id_of(key: str) -> str | None:
    found = KEY.fullmatch(key)
    return found[1] if found else None


def hashed(key: str) -> bytes:
    """The key has 256 bits of chance: a slow hash would protect nothing more."""
    return hashlib.sha256(key.encode()).digest()


async def let_in(pool: asyncpg.Pool, key: str) -> Caller:
    """Who holds the key; one of its requests is used up."""
    key_id = key_id_of(key)
    row = await pool.fetchrow(LET_IN, key_id, hashed(key)) if key_id else None
    if row is None or row["o_tenant"] is None or row["o_disabled"]:
        raise unauthorised("this key is not known, or disabled: ask an operator for another one")
    if row["o_wait"] > 0:
        seconds = ceil(row["o_wait"])
        raise Problem(
            429,
            "rate_limit",
            f"this key has used up its requests: try again in {seconds} s",
            headers={"Retry-After": str(seconds)},
        )
    return Caller(str(key_id), row["o_name"], row["o_tenant"], frozenset(row["o_scopes"]))


def unauthorised(detail: str) -> Problem:
    return Problem(401, "no_key", detail, headers={"WWW-Authenticate": 'Bearer realm="assort"'})


async def create(
    connection: Database, *, tenant: str, name: str, scopes: Sequence[str], per_minute: int, created_by: str
) -> NewKey:
    key_id = secrets.token_hex(6)
    key = f"ak_{key_id}_{secrets.token_urlsafe(32)}"
    at = await connection.fetchval(
        CREATE, key_id, tenant, name, hashed(key), sorted(set(scopes)), per_minute, created_by
    )
    return NewKey(key_id, key, at)


async def listed(
    connection: Database, tenant: str, after: tuple[datetime, str] | None, limit: int
) -> list[Key]:
    at, key_id = after or (None, "")
    rows = await connection.fetch(LIST, tenant, at, key_id, limit)
    return [Key(**{**dict(row), "scopes": tuple(row["scopes"])}) for row in rows]


async def disable(connection: Database, tenant: str, key_id: str) -> str | None:
    """Its name; None: there is no such key."""
    name = await connection.fetchval(DISABLE, tenant, key_id)
    return None if name is None else str(name)
