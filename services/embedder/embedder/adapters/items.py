"""Items and their vectors, as rows."""

from collections.abc import Mapping, Sequence

import asyncpg

from contracts.deals import ItemKind
from embedder.adapters.rows import columns
from embedder.domain import Item, ItemName, Owners
from runtime import Transaction


class PostgresItems:
    """Items of one kind as they now are: written by the feed, read by everybody else."""

    OWNERS = (
        "select record_key, tenant, item_id from item_key where record_key = any($1::text[]) and kind = $2"
    )

    # Rows are made first and locked second, in one order for all: so batches that share deals take turns.
    MEET = """
    insert into item (kind, tenant, item_id)
    select $3, * from unnest($1::text[], $2::text[]) on conflict do nothing
    """

    LOCK = """
    select i.tenant, i.item_id, i.withdrawn, i.version, i.timestamp_ms, i.record_offset, i.name,
           i.content_sha256, i.text_sha256
    from unnest($1::text[], $2::text[]) as named (tenant, item_id)
    join item i using (tenant, item_id) where i.kind = $3 order by i.tenant, i.item_id for update of i
    """

    SAVE = """
    update item i
    set withdrawn = new.withdrawn, version = new.version, timestamp_ms = new.timestamp_ms,
        record_offset = new.record_offset, name = new.name, content_sha256 = new.content_sha256,
        text_sha256 = new.text_sha256, body = new.body, updated_at = now()
    from unnest(
        $1::text[], $2::text[], $3::bool[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::bytea[],
        $9::text[], $10::text[]
    ) as new (tenant, item_id, withdrawn, version, timestamp_ms, record_offset, name, body,
              content_sha256, text_sha256)
    where (i.tenant, i.kind, i.item_id) = (new.tenant, $11, new.item_id)
    """

    SAVE_KEYS = """
    insert into item_key (kind, record_key, tenant, item_id)
    select $4, * from unnest($1::text[], $2::text[], $3::text[]) on conflict do nothing
    """

    WITHOUT_VECTOR = """
    select text_sha256 from unnest($3::text[]) as asked (text_sha256)
    where not exists (
        select from vector v where (v.tenant, v.model, v.text_sha256) = ($1, $2, asked.text_sha256)
    )
    """

    OFFERED = "select item_id from item where (tenant, kind) = ($1, $2) and not withdrawn"

    KNOWN = "select item_id from item where (tenant, kind) = ($1, $2) and item_id = any($3::text[])"

    BODIES = """
    select item_id, body from item
    where (tenant, kind) = ($1, $2) and item_id = any($3::text[]) and not withdrawn
    """

    BODIES_BY_TEXT = """
    select distinct on (text_sha256) body from item
    where (tenant, kind) = ($1, $2) and text_sha256 = any($3::text[]) and not withdrawn
    order by text_sha256
    """

    def __init__(self, pool: asyncpg.Pool, kind: ItemKind) -> None:
        self.pool = pool
        self.kind = kind

    async def owners(self, tx: Transaction, keys: list[str]) -> Owners:
        owners: Owners = {}
        for row in await tx.connection.fetch(self.OWNERS, keys, self.kind) if keys else ():
            owners.setdefault(row["record_key"], set()).add(ItemName(row["tenant"], row["item_id"]))
        return owners

    async def lock(self, tx: Transaction, names: list[ItemName]) -> dict[ItemName, Item]:
        arrays = columns(sorted(names), 2)
        await tx.connection.execute(self.MEET, *arrays, self.kind)
        items = [_item(row) for row in await tx.connection.fetch(self.LOCK, *arrays, self.kind)]
        return {item.name: item for item in items}

    async def save(self, tx: Transaction, items: list[Item], owners: Owners) -> None:
        rows = [_row(item) for item in items]
        await tx.connection.execute(self.SAVE, *columns(rows, 10), self.kind)
        keys = sorted((key, *name) for key, names in owners.items() for name in names)
        await tx.connection.execute(self.SAVE_KEYS, *columns(keys, 3), self.kind)

    async def without_vector(self, tx: Transaction, tenant: str, model: str, texts: list[str]) -> list[str]:
        rows = await tx.connection.fetch(self.WITHOUT_VECTOR, tenant, model, texts)
        return sorted(row["text_sha256"] for row in rows)

    async def offered(self, tenant: str) -> list[str]:
        return sorted(row["item_id"] for row in await self.pool.fetch(self.OFFERED, tenant, self.kind))

    async def known(self, tenant: str, item_ids: Sequence[str]) -> set[str]:
        return {row["item_id"] for row in await self.pool.fetch(self.KNOWN, tenant, self.kind, item_ids)}

    async def bodies(self, tenant: str, item_ids: Sequence[str]) -> dict[str, bytes]:
        rows = await self.pool.fetch(self.BODIES, tenant, self.kind, item_ids)
        return {row["item_id"]: row["body"] for row in rows}

    async def bodies_by_text(self, tenant: str, texts: Sequence[str]) -> list[bytes]:
        rows = await self.pool.fetch(self.BODIES_BY_TEXT, tenant, self.kind, texts)
        return [row["body"] for row in rows]


class PostgresVectors:
    FIND = """
    select text_sha256, vector from vector where tenant = $1 and model = $2 and text_sha256 = any($3::text[])
    """

    ADD = """
    insert into vector (tenant, model, text_sha256, vector)
    select $1, $2, * from unnest($3::text[], $4::bytea[]) on conflict do nothing returning text_sha256
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def find(self, tenant: str, model: str, texts: list[str]) -> dict[str, bytes]:
        rows = await self.pool.fetch(self.FIND, tenant, model, texts)
        return {row["text_sha256"]: row["vector"] for row in rows}

    async def add(self, tenant: str, model: str, vectors: Mapping[str, bytes]) -> set[str]:
        texts = sorted(vectors)
        rows = await self.pool.fetch(self.ADD, tenant, model, texts, [vectors[text] for text in texts])
        return {row["text_sha256"] for row in rows}


def _item(row: asyncpg.Record) -> Item:
    return Item(
        name=ItemName(row["tenant"], row["item_id"]),
        withdrawn=row["withdrawn"],
        version=row["version"],
        timestamp_ms=row["timestamp_ms"],
        offset=row["record_offset"],
        title=row["name"],
        content_sha256=row["content_sha256"],
        text_sha256=row["text_sha256"],
    )


def _row(item: Item) -> tuple[object, ...]:
    return (
        *item.name,
        item.withdrawn,
        item.version,
        item.timestamp_ms,
        item.offset,
        item.title,
        item.body,
        item.content_sha256,
        item.text_sha256,
    )
