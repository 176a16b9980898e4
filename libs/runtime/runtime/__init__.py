"""What every stage may rely on: delivery, runs, telemetry. Only this knows FastStream and aiokafka."""

from runtime.budgeting import Budgets, SetBudget
from runtime.cpu import Cpu
from runtime.database import open_pool
from runtime.migrate import RUNTIME_MIGRATIONS, migrate
from runtime.publisher import Publisher, open_publisher
from runtime.serve import Resources, serve
from runtime.settings import PatientSettings, RuntimeSettings
from runtime.stage import Stage
from runtime.work import (
    Arrived,
    Closer,
    Closing,
    Failure,
    Follower,
    Handler,
    LastResort,
    Member,
    Refused,
    RunKey,
    Taken,
    Transaction,
)

__all__ = [
    "RUNTIME_MIGRATIONS",
    "Arrived",
    "Budgets",
    "Closer",
    "Closing",
    "Cpu",
    "Failure",
    "Follower",
    "Handler",
    "LastResort",
    "Member",
    "PatientSettings",
    "Publisher",
    "Refused",
    "Resources",
    "RunKey",
    "RuntimeSettings",
    "SetBudget",
    "Stage",
    "Taken",
    "Transaction",
    "migrate",
    "open_pool",
    "open_publisher",
    "serve",
]
