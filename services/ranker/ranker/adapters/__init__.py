"""The ranker's ports on Postgres, processes and a model."""

from ranker.adapters.asking import LlmWriter
from ranker.adapters.costing import RunCosts
from ranker.adapters.known import PostgresKnown
from ranker.adapters.making import ProcessMaker
from ranker.adapters.tables import PostgresRows

__all__ = ["LlmWriter", "PostgresKnown", "PostgresRows", "ProcessMaker", "RunCosts"]
