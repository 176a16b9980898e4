"""Where the index says that a file is: a key of the store, or `s3://bucket/key` once it was moved."""

import gzip
from dataclasses import dataclass
from typing import Final

SCHEME: Final = "s3://"
PACKED: Final = ".gz"
INTERACTION_SUFFIXES: Final = (".json", f".json{PACKED}")


@dataclass(frozen=True, slots=True)
class Located:
    """No bucket: in the store of the services."""

    bucket: str | None
    key: str


def located(path: str) -> Located:
    if not path.startswith(SCHEME):
        return Located(None, path)
    bucket, _, key = path.removeprefix(SCHEME).partition("/")
    return Located(bucket, key)


def bucket_prefix(bucket: str) -> str:
    return f"{SCHEME}{bucket}/"


def packed(body: bytes) -> bytes:
    """The same bytes give the same bytes: no time is in them."""
    return gzip.compress(body, mtime=0)


def unpacked(path: str, body: bytes) -> bytes:
    """What a file of the log says, packed or not."""
    return gzip.decompress(body) if path.endswith(PACKED) else body
