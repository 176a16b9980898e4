"""How a record looks in a file."""

import hashlib
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from contracts.event import canonical
from contracts.ranking import MadeBy, Split
from contracts.terms import not_boolean
from ranking.record import POSITIVE_FROM, Grade, Reason, Record

Filled = Annotated[str, StringConstraints(min_length=1, pattern=r"^[^\x00]+$")]


def query_id(cluster_id: str, query: str) -> str:
    """Named by its content: the same query about the same cluster has one id everywhere."""
    return f"q_{hashlib.sha256(canonical([cluster_id, query])).hexdigest()[:16]}"


class Metadata(BaseModel):
    """What other tools write here is let through, and lost."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    grade: Annotated[Grade | None, BeforeValidator(not_boolean)] = Field(
        default=None, description="Null: of its label."
    )
    made_by: MadeBy = "model"
    prompt: str = Field(default="", pattern=r"^[^\x00]*$")
    query_id: str | None = Field(default=None, description="Follows from cluster and query; never read.")
    reason: Reason | None = Field(default=None, description="Null: of its label.")
    split: Split = "train"


class RecordShape(BaseModel):
    """One object of the array."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    query: Filled
    candidate_id: Filled
    label: Annotated[Literal[0, 1], BeforeValidator(not_boolean)]
    cluster_id: Filled
    metadata: Metadata

    @model_validator(mode="after")
    def _label_of_grade(self) -> Self:
        grade = self.metadata.grade
        if grade is not None and self.label != (grade >= POSITIVE_FROM):
            words = f"label {self.label} contradicts metadata.grade {grade}"
            raise ValueError(f"{words}: label is 1 from grade {POSITIVE_FROM} on")
        return self

    @classmethod
    def of(cls, record: Record) -> Self:
        return cls(
            query=record.query,
            candidate_id=record.candidate_id,
            label=record.label,
            cluster_id=record.cluster_id,
            metadata=Metadata(
                grade=record.grade,
                made_by=record.made_by,
                prompt=record.prompt,
                query_id=query_id(record.cluster_id, record.query),
                reason=record.reason,
                split=record.split,
            ),
        )

    def record(self) -> Record:
        said, positive = self.metadata, self.label == 1
        return Record(
            query=self.query,
            candidate_id=self.candidate_id,
            cluster_id=self.cluster_id,
            grade=said.grade if said.grade is not None else 2 if positive else 0,
            reason=said.reason or ("same_cluster" if positive else "other"),
            split=said.split,
            made_by=said.made_by,
            prompt=said.prompt,
        )
