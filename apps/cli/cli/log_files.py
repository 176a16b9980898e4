"""The files of a run's log: in the store of the services, and in the bucket that they were moved to."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from cli.connections import Store, open_bucket
from cli.domain.evidence import RunEvidence, StoredFile

AT_ONCE = 16
SCHEME = "s3://"

R = TypeVar("R")


async def log_files(
    store: Store, run: RunEvidence, buckets: Callable[[str], Store] = open_bucket
) -> dict[str, StoredFile]:
    """By the path that the index has for them. A copy at the other place is none of its own, if it is one."""
    own = "" if run.tenant == "main" else f"{run.tenant}/"
    folder = f"{own}llm_logs/{run.run_id}/"
    found = await _files(store, folder, prefix="")
    moved = [call.file for call in run.interactions if call.file.startswith(SCHEME)]
    for bucket in sorted({path.removeprefix(SCHEME).partition("/")[0] for path in moved}):
        found |= await _files(buckets(bucket), folder, prefix=f"{SCHEME}{bucket}/")
    named = {call.file: call.sha256 for call in run.interactions}
    whole = {_key(path): sha256 for path, sha256 in named.items()}
    return {
        path: file for path, file in found.items() if path in named or whole.get(_key(path)) != file.sha256
    }


async def read_all(keys: Iterable[str], read: Callable[[str], Awaitable[R]]) -> dict[str, R]:
    """Many objects, a few at a time."""
    turns = asyncio.Semaphore(AT_ONCE)
    found: dict[str, R] = {}

    async def one(key: str) -> None:
        async with turns:
            found[key] = await read(key)

    async with asyncio.TaskGroup() as group:
        for key in keys:
            group.create_task(one(key))
    return found


async def _files(store: Store, folder: str, *, prefix: str) -> dict[str, StoredFile]:
    async def look(key: str) -> StoredFile:
        body = await store.get(key)
        return StoredFile(hashlib.sha256(body).hexdigest(), len(body))

    keys = [key for key in await store.list(folder) if "/prompts/" not in key]
    return {f"{prefix}{key}": file for key, file in (await read_all(keys, look)).items()}


def _key(path: str) -> str:
    return path.removeprefix(SCHEME).partition("/")[2] if path.startswith(SCHEME) else path
