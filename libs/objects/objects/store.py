"""The port, its two failures, and objects that are named by what they hold."""

import hashlib
import re
from typing import Protocol

from contracts import Reference, WorkFailed

PART = r"[A-Za-z0-9_:=+-][A-Za-z0-9_.:=+-]*"  # none begins with a dot, so none leads upwards or is hidden
KEY = re.compile(rf"{PART}(/{PART})*")
MAX_KEY_LENGTH = 512


class ObjectMissing(WorkFailed):
    """Nobody has written this key."""

    def __init__(self, key: str) -> None:
        super().__init__("object_missing", f"there is no object {key}")
        self.key = key


class ObjectDamaged(WorkFailed):
    """The object is not what was written: its bytes do not fit its name, or cannot be read any more."""

    def __init__(
        self, key: str, words: str = "its bytes do not have the sha256 that its reference names"
    ) -> None:
        super().__init__("object_damaged", f"{key}: {words}")
        self.key = key


class ObjectStore(Protocol):
    """Write once, read for ever. Any call may raise Unavailable (come back later) or Blocked (not let in)."""

    async def put(self, key: str, body: bytes, *, content_type: str = "application/json") -> bool:
        """True if this call wrote the object, False if one was there already: that one stays."""
        ...

    async def get(self, key: str) -> bytes: ...

    async def exists(self, key: str) -> bool: ...

    async def list(self, prefix: str) -> list[str]:
        """Keys that begin with `prefix`, sorted."""
        ...


async def put_content(
    store: ObjectStore, prefix: str, body: bytes, *, count: int, suffix: str = ".json"
) -> Reference:
    """Keep `body` under the name that its content gives it. Twice is the same as once."""
    sha256 = hashlib.sha256(body).hexdigest()
    key = f"{prefix}/{sha256}{suffix}"
    await store.put(key, body)
    return Reference(key=key, sha256=sha256, bytes=len(body), count=count)


async def get_content(store: ObjectStore, reference: Reference) -> bytes:
    body = await store.get(reference.key)
    if hashlib.sha256(body).hexdigest() != reference.sha256:
        raise ObjectDamaged(reference.key)
    return body


def checked_key(key: str) -> str:
    """A key stays inside its bucket or folder."""
    if len(key) > MAX_KEY_LENGTH or not KEY.fullmatch(key):
        raise ValueError(f"not an object key: {key!r}")
    return key
