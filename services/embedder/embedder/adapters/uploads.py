"""What uploads were read as, as rows."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from contracts.uploads import UploadRead
from runtime import Transaction


class PostgresUploads:
    FIND = "select told from upload where (tenant, csv_upload_id) = ($1, $2)"

    KEEP = "insert into upload (tenant, csv_upload_id, told) values ($1, $2, $3) on conflict do nothing"

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def find(self, tenant: str, csv_upload_id: UUID) -> UploadRead | None:
        told = await self.pool.fetchval(self.FIND, tenant, csv_upload_id)
        return None if told is None else UploadRead.read(told)

    async def keep(self, tx: Transaction, read: Sequence[UploadRead]) -> None:
        rows = [(one.tenant, one.csv_upload_id, one.canonical().decode()) for one in read]
        await tx.connection.executemany(self.KEEP, rows)
