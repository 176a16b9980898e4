"""The world behind the packager's ports: language model, object store, Postgres."""

from packager.adapters.planning import LlmPlanner
from packager.adapters.storing import StoredDeals, StoredManifests
from packager.adapters.tables import PostgresPackages, PostgresRuns

__all__ = ["LlmPlanner", "PostgresPackages", "PostgresRuns", "StoredDeals", "StoredManifests"]
