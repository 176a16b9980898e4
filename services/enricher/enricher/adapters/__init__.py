"""The world behind the enricher's ports: language model, object store, Postgres."""

from enricher.adapters.advising import LlmAdvisor
from enricher.adapters.backfilling import PostgresBackfills
from enricher.adapters.showing import PostgresCosts, PostgresFigures
from enricher.adapters.storing import StoredDeals, StoredManifests
from enricher.adapters.tables import PostgresPackages, PostgresRuns

__all__ = [
    "LlmAdvisor",
    "PostgresBackfills",
    "PostgresCosts",
    "PostgresFigures",
    "PostgresPackages",
    "PostgresRuns",
    "StoredDeals",
    "StoredManifests",
]
