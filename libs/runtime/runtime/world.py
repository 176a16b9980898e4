"""Which errors mean that the world is wrong, and not the event or the code."""

import asyncpg
from aiokafka.errors import KafkaError

from contracts import WorldError

_WORLD = (
    WorldError,
    OSError,
    TimeoutError,
    KafkaError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that was cut while it was being used
    asyncpg.InsufficientResourcesError,  # disk full, too many connections
    asyncpg.OperatorInterventionError,  # shutdown, cancelled by timeout
    asyncpg.TransactionRollbackError,  # deadlock, serialization
    asyncpg.PostgresSystemError,
)


def is_world(error: BaseException) -> bool:
    """True for what waiting may mend. asyncpg calls a wrong argument an interface error; that is a bug."""
    return isinstance(error, _WORLD) and not isinstance(error, asyncpg.DataError | ValueError)


def words_of(error: BaseException, limit: int = 300) -> str:
    return f"{type(error).__name__}: {error}"[:limit]
