"""The runtime's vocabulary: what a handler is given, and what it gives back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar, runtime_checkable
from uuid import UUID

from asyncpg import Connection
from asyncpg.pool import PoolConnectionProxy

from contracts import Event, InvalidEvent, RunEvent

E_contra = TypeVar("E_contra", bound=Event, contravariant=True)
D = TypeVar("D")
D_co = TypeVar("D_co", covariant=True)
E = TypeVar("E", bound=Event)

Database = Connection | PoolConnectionProxy
MemberState = Literal["pending", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class RunKey:
    """One revision of one run."""

    tenant: str
    run_id: str
    revision: int


@dataclass(frozen=True, slots=True)
class Transaction:
    """The transaction in which a piece of work takes effect."""

    connection: Database
    run: RunKey
    trace: str

    async def expect(self, members: Mapping[str, int]) -> None:
        """Name all members that the run has at this stage, each with the revision whose work it is.

        Work of an earlier revision is taken over if it is done there, and done again if it failed there.
        Work of this one is waited for, whatever became of its like before.
        """
        from runtime.runs import expect  # noqa: PLC0415 - runs builds on this vocabulary

        await expect(self.connection, self.run, members)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a piece of work is over without a result."""

    code: str
    words: str


class Handler(Protocol[E_contra, D]):
    """What a stage does with one event. `decide` is slow and repeatable, `record` quick and once."""

    async def decide(self, event: E_contra, /) -> D: ...

    async def record(self, tx: Transaction, event: E_contra, decision: D, /) -> Sequence[Event]: ...


@runtime_checkable
class LastResort(Protocol[E_contra, D_co]):
    """A handler whose event others wait for: it still decides something when its work is given up."""

    async def give_up(self, event: E_contra, failure: Failure, /) -> D_co: ...


@dataclass(frozen=True, slots=True)
class Member(Generic[E]):
    """What became of one member of a run at this stage."""

    member_id: str
    state: MemberState
    made_by: int
    event: E | None  # what it was to work on; only where it failed or was cancelled
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class Closing(Generic[E]):
    """A run whose members are all accounted for."""

    run: RunKey
    members: Sequence[Member[E]]
    cancelled: bool


class Closer(Protocol[D]):
    """What a stage tells when the last member of a run is done.

    Work in phases: as long as `record` expects further members, the run is not over, and the closer is asked
    again when they are settled. A cancelled run must end.
    """

    async def decide(self, closing: Closing[Any], /) -> D: ...

    async def record(self, tx: Transaction, closing: Closing[Any], decision: D, /) -> Sequence[Event]: ...


@dataclass(frozen=True, slots=True)
class Arrived(Generic[E]):
    """One record of high-volume input. No event: a null value, which withdraws what its key names."""

    event: E | None
    topic: str
    key: str
    timestamp_ms: int
    offset: int
    event_id: UUID
    trace: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A record of a batch that can never be taken in."""

    position: int
    reason: InvalidEvent


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a batch: what to tell, and which records were refused."""

    events: Sequence[Event] = ()
    refused: Sequence[Refused] = ()


class Follower(Protocol):
    """Takes in a batch of high-volume records within one transaction. Taking one in twice changes nothing."""

    async def record(self, tx: Transaction, batch: Sequence[Arrived[Any]], /) -> Taken: ...


def run_of(event: Event) -> RunKey:
    if isinstance(event, RunEvent):
        return RunKey(event.tenant, event.run_id, event.revision)
    return RunKey(event.tenant, "", 0)
