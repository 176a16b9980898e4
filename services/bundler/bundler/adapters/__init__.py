"""The bundler's ports on Postgres, processes or Spark, and a model."""

from bundler.adapters.costing import RunCosts
from bundler.adapters.describing import LlmDescriber
from bundler.adapters.exploring import ProcessExplorer
from bundler.adapters.feedback import PostgresFeedback
from bundler.adapters.mining import ProcessMiner
from bundler.adapters.orders import PostgresOrders
from bundler.adapters.spark import SparkMiner
from bundler.adapters.tables import PostgresRows
from bundler.adapters.uploads import PostgresUploads

__all__ = [
    "LlmDescriber",
    "PostgresFeedback",
    "PostgresOrders",
    "PostgresRows",
    "PostgresUploads",
    "ProcessExplorer",
    "ProcessMiner",
    "RunCosts",
    "SparkMiner",
]
