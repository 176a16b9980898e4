"""What is kept of a run."""

from dataclasses import dataclass

from contracts import Reference
from contracts.deals import ItemsFrozen
from contracts.ranking import MadeBy, RankingBrief
from contracts.ranking_data import RankingDataGenerated
from contracts.runs import RunFinished
from ranking.record import Record


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Why a run came to nothing."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Begun:
    """How a revision of a run began."""

    frozen: ItemsFrozen
    ground: Reference | None = None
    drawn: tuple[str, ...] = ()
    given_up: GivenUp | None = None

    @property
    def brief(self) -> RankingBrief:
        assert self.frozen.ranking is not None  # noqa: S101 - nothing else begins here
        return self.frozen.ranking


@dataclass(frozen=True, slots=True)
class QuerySet:
    """Queries that were written about a cluster."""

    cluster_id: str
    prompt: str
    made_by: MadeBy
    queries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conclusion:
    """How a revision ends."""

    finished: RunFinished
    generated: RankingDataGenerated | None = None
    records: tuple[Record, ...] = ()
