"""The embedder's ports on Postgres, and the encoders in a thread."""

from embedder.adapters.encoding import ThreadedEncoder, ThreadedModels, in_thread
from embedder.adapters.followings import PostgresFollowings
from embedder.adapters.freezes import PostgresFreezes
from embedder.adapters.items import PostgresItems, PostgresVectors
from embedder.adapters.uploads import PostgresUploads

__all__ = [
    "PostgresFollowings",
    "PostgresFreezes",
    "PostgresItems",
    "PostgresUploads",
    "PostgresVectors",
    "ThreadedEncoder",
    "ThreadedModels",
    "in_thread",
]
