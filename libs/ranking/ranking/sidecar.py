"""What lies beside a file of records: how it was made, of what, and which bytes it speaks of."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Self

from pydantic import AwareDatetime, Field

from contracts.event import Entity
from contracts.ranking_report import RankingReport
from ranking.record import Record


class DataFile(Entity):
    """By its content: where these do not fit, the file is of another run."""

    name: str
    sha256: str
    bytes: int


def data_file(name: str, body: bytes) -> DataFile:
    return DataFile(name=name, sha256=hashlib.sha256(body).hexdigest(), bytes=len(body))


class Sidecar(RankingReport):
    """The report of a run, and what its files add to it."""

    data: DataFile
    created_at: AwareDatetime = Field(description="The only time in the files of a run.")
    clusters_drawn: int
    fallback_share: float = Field(description="Of the queries that were kept.")
    queries_of_clusters: dict[str, int] = Field(description="That have records, of every cluster drawn.")

    @classmethod
    def of(cls, report: RankingReport, records: Sequence[Record], data: DataFile, at: datetime) -> Self:
        return cls(
            **dict(report),
            data=data,
            created_at=at,
            clusters_drawn=len(report.drawn),
            fallback_share=report.queries.fallback_share,
            queries_of_clusters=_queries_of_clusters(report.drawn, records),
        )


def _queries_of_clusters(drawn: Sequence[str], records: Sequence[Record]) -> dict[str, int]:
    queries: dict[str, set[str]] = {cluster_id: set() for cluster_id in drawn}
    for record in records:
        queries.setdefault(record.cluster_id, set()).add(record.query)
    return {cluster_id: len(texts) for cluster_id, texts in sorted(queries.items())}
