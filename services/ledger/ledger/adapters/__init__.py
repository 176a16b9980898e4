"""The ledger's ports: tables, and figures of runs."""

from ledger.adapters.metrics import RunMetrics
from ledger.adapters.tables import PostgresChanges, PostgresLetters, PostgresLog, PostgresRuns

__all__ = ["PostgresChanges", "PostgresLetters", "PostgresLog", "PostgresRuns", "RunMetrics"]
