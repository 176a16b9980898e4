"""What the API reads it reads with a role that can read views and nothing else."""

import asyncpg
import pytest

from tests.api.world import Home

TABLES = [
    "api.api_key",
    "api.idempotency",
    "api.requested",
    "api.audit",
    "api.outbox",
    "segmenter.segmentation_runs",
    "embedder.item",
    "llm.budget",
    "api.uploaded",
    "bundler.upload",
    "bundler.feedback",
    "ranker.ranking_run",
    "ranker.record",
]


@pytest.mark.parametrize("table", TABLES)
async def test_the_read_role_reads_no_private_table(home: Home, table: str) -> None:
    reader = await asyncpg.connect(home.read_dsn)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await reader.fetch(f"select * from {table}")
    finally:
        await reader.close()


@pytest.mark.parametrize(
    "statement",
    [
        "insert into read.api_requests_v1 (tenant, run_id) values ('t', 'r')",
        "update read.api_audit_v1 set key_name = 'somebody else'",
        "delete from read.runs_v1",
        "create table read.mine (a integer)",
        "create schema mine",
    ],
)
async def test_the_read_role_writes_nothing(home: Home, statement: str) -> None:
    reader = await asyncpg.connect(home.read_dsn)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await reader.execute(statement)
    finally:
        await reader.close()


async def test_views_of_the_api_are_there_for_the_read_role(home: Home) -> None:
    reader = await asyncpg.connect(home.read_dsn)
    try:
        assert await reader.fetchval("select count(*) from read.api_audit_v1") is not None
        assert await reader.fetchval("select count(*) from read.api_requests_v1") is not None
        assert await reader.fetchval("select count(*) from read.api_uploads_v1") is not None
        assert await reader.fetchval("select unsent from read.api_outbox_v1") is not None
    finally:
        await reader.close()
