"""The embedder's ports on Postgres, and the encoder in a thread."""

from embedder.adapters.encoding import ThreadedEncoder, in_thread
from embedder.adapters.freezes import PostgresFreezes
from embedder.adapters.items import PostgresItems, PostgresVectors

__all__ = ["PostgresFreezes", "PostgresItems", "PostgresVectors", "ThreadedEncoder", "in_thread"]
