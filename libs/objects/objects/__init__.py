"""Where things live that are too large to travel: written once, never changed, known by their key."""

from objects.failpoints import failpoint
from objects.folder import FolderObjects
from objects.memory import MemoryObjects
from objects.s3 import S3Objects
from objects.settings import ObjectSettings, open_bucket, open_objects
from objects.store import ObjectDamaged, ObjectMissing, ObjectStore, get_content, put_content

__all__ = [
    "FolderObjects",
    "MemoryObjects",
    "ObjectDamaged",
    "ObjectMissing",
    "ObjectSettings",
    "ObjectStore",
    "S3Objects",
    "failpoint",
    "get_content",
    "open_bucket",
    "open_objects",
    "put_content",
]
