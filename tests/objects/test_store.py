"""One behaviour for all three stores: whoever uses the port need not know which one it has."""

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr

from contracts import Reference
from local import Endpoints
from objects import (
    FolderObjects,
    MemoryObjects,
    ObjectDamaged,
    ObjectMissing,
    ObjectSettings,
    ObjectStore,
    S3Objects,
    get_content,
    open_bucket,
    open_objects,
    put_content,
)
from objects.s3 import S3Place


@pytest.fixture
def s3(servers: Endpoints) -> Iterator[S3Objects]:
    account = servers.s3
    store = S3Objects(S3Place(account.bucket, account.region, account.endpoint, account.key, account.secret))
    yield store
    store.close()


@pytest.fixture(params=["memory", "folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "s3":
        found: ObjectStore = request.getfixturevalue("s3")
        return found
    return MemoryObjects() if request.param == "memory" else FolderObjects(tmp_path)


@pytest.fixture
def prefix() -> str:
    """A place of its own: the bucket is shared."""
    return f"test-{uuid4().hex[:12]}"


async def test_what_was_put_can_be_read(store: ObjectStore, prefix: str) -> None:
    assert await store.put(f"{prefix}/a.json", b"one")
    assert await store.get(f"{prefix}/a.json") == b"one"


async def test_an_empty_object_is_an_object(store: ObjectStore, prefix: str) -> None:
    assert await store.put(f"{prefix}/empty", b"")
    assert await store.get(f"{prefix}/empty") == b""


async def test_the_first_writer_wins_and_the_second_is_told(store: ObjectStore, prefix: str) -> None:
    await store.put(f"{prefix}/a", b"one")
    assert not await store.put(f"{prefix}/a", b"two")
    assert await store.get(f"{prefix}/a") == b"one"


async def test_of_many_writers_at_once_one_wins_and_all_read_what_it_wrote(
    store: ObjectStore, prefix: str
) -> None:
    bodies = [bytes([number]) * 1000 for number in range(20)]
    wrote = await asyncio.gather(*(store.put(f"{prefix}/a", body) for body in bodies))
    assert wrote.count(True) == 1
    assert await store.get(f"{prefix}/a") == bodies[wrote.index(True)]


async def test_what_nobody_put_is_missing(store: ObjectStore, prefix: str) -> None:
    assert not await store.exists(f"{prefix}/a")
    with pytest.raises(ObjectMissing, match=f"{prefix}/a"):
        await store.get(f"{prefix}/a")


async def test_exists_after_the_put(store: ObjectStore, prefix: str) -> None:
    await store.put(f"{prefix}/a", b"one")
    assert await store.exists(f"{prefix}/a")


async def test_lists_the_keys_that_begin_with_the_prefix(store: ObjectStore, prefix: str) -> None:
    for name in ("b/2.json", "b/10.json", "b/1.json", "bc", "c/1"):
        await store.put(f"{prefix}/{name}", b"")
    assert await store.list(f"{prefix}/b/1") == [f"{prefix}/b/1.json", f"{prefix}/b/10.json"]
    assert await store.list(f"{prefix}/b") == [
        f"{prefix}/{name}" for name in ("b/1.json", "b/10.json", "b/2.json", "bc")
    ]
    assert await store.list(f"{prefix}/nothing/here") == []


@pytest.mark.parametrize(
    "key", ["", "/a", "a/", "a//b", "../a", "a/../b", "a/./b", ".a", "a\nb", "ä", "x" * 600]
)
async def test_a_key_cannot_leave_its_place(store: ObjectStore, key: str) -> None:
    with pytest.raises(ValueError, match="not an object key"):
        await store.put(key, b"")
    with pytest.raises(ValueError, match="not an object key"):
        await store.get(key)


async def test_content_is_named_by_its_sha256_and_twice_is_once(store: ObjectStore, prefix: str) -> None:
    reference = await put_content(store, prefix, b"[1,2]", count=2)
    assert reference == await put_content(store, prefix, b"[1,2]", count=2)
    sha256 = hashlib.sha256(b"[1,2]").hexdigest()
    assert reference == Reference(key=f"{prefix}/{sha256}.json", sha256=sha256, bytes=5, count=2)
    assert await get_content(store, reference) == b"[1,2]"


async def test_content_that_does_not_fit_its_reference_is_damaged(store: ObjectStore, prefix: str) -> None:
    await store.put(f"{prefix}/a", b"something else")
    reference = Reference(key=f"{prefix}/a", sha256="0" * 64, bytes=5, count=2)
    with pytest.raises(ObjectDamaged, match="sha256"):
        await get_content(store, reference)


async def test_an_unfinished_file_is_no_object(tmp_path: Path) -> None:
    store = FolderObjects(tmp_path)
    await store.put("a/b", b"one")
    (tmp_path / ".unfinished" / "left by a killed worker").write_bytes(b"on")
    assert await store.list("") == ["a/b"]


async def test_what_was_removed_is_gone_and_may_be_removed_again(
    store: FolderObjects | MemoryObjects | S3Objects, prefix: str
) -> None:
    await store.put(f"{prefix}/a", b"one")
    for _ in range(2):
        await store.remove(f"{prefix}/a")
    assert not await store.exists(f"{prefix}/a")
    assert await store.put(f"{prefix}/a", b"two")


async def test_a_bucket_may_be_opened_beside_the_store_of_the_services(
    servers: Endpoints, tmp_path: Path, prefix: str
) -> None:
    account = servers.s3
    settings = ObjectSettings(
        storage_backend="local",
        storage_root=tmp_path,
        s3_bucket="another",
        s3_endpoint=account.endpoint,
        s3_key=account.key,
        s3_secret=SecretStr(account.secret),
    )
    bucket = open_bucket(settings, account.bucket)
    assert await bucket.put(f"{prefix}/a", b"one")
    assert not await open_objects(settings).exists(f"{prefix}/a")
    bucket.close()
