"""The segmenter's ports: rows in Postgres, a model, other processes."""

from segmenter.adapters.asking import LlmAsker
from segmenter.adapters.computing import ProcessGrouper
from segmenter.adapters.costing import RunCosts
from segmenter.adapters.tables import PostgresRows

__all__ = ["LlmAsker", "PostgresRows", "ProcessGrouper", "RunCosts"]
