"""What every stage may rely on: delivery, runs, telemetry. Only this knows FastStream and aiokafka."""

from runtime.cpu import Cpu
from runtime.database import open_pool
from runtime.migrate import RUNTIME_MIGRATIONS, migrate
from runtime.publisher import Publisher, open_publisher
from runtime.serve import Resources, serve
from runtime.settings import RuntimeSettings
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
    "Closer",
    "Closing",
    "Cpu",
    "Failure",
    "Follower",
    "Handler",
    "LastResort",
    "Member",
    "Publisher",
    "Refused",
    "Resources",
    "RunKey",
    "RuntimeSettings",
    "Stage",
    "Taken",
    "Transaction",
    "migrate",
    "open_pool",
    "open_publisher",
    "serve",
]
