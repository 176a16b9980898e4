"""Uploads as rows."""

from typing import Final
from uuid import UUID

import asyncpg

from contracts.uploads import UploadRead, UploadReceived
from runtime import Transaction

RECEIVE: Final = """
insert into upload (tenant, csv_upload_id, received) values ($1, $2, $3) on conflict do nothing
"""
RECEIVED: Final = "select received from upload where (tenant, csv_upload_id) = ($1, $2)"
READ: Final = "select told from upload where (tenant, csv_upload_id) = ($1, $2)"
KEEP: Final = """
update upload set told = $3, told_at = now() where (tenant, csv_upload_id) = ($1, $2) and told is null
"""


class PostgresUploads:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def receive(self, tx: Transaction, received: UploadReceived) -> UploadReceived:
        name = (received.tenant, received.csv_upload_id)
        await tx.connection.execute(RECEIVE, *name, received.canonical().decode())
        return UploadReceived.read(await tx.connection.fetchval(RECEIVED, *name))

    async def received(self, tenant: str, csv_upload_id: UUID) -> UploadReceived:
        return UploadReceived.read(await self.pool.fetchval(RECEIVED, tenant, csv_upload_id))

    async def read(self, tenant: str, csv_upload_id: UUID) -> UploadRead | None:
        told = await self.pool.fetchval(READ, tenant, csv_upload_id)
        return None if told is None else UploadRead.read(told)

    async def keep(self, tx: Transaction, read: UploadRead) -> None:
        await tx.connection.execute(KEEP, read.tenant, read.csv_upload_id, read.canonical().decode())
