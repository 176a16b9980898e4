"""A labelled pair of a query and a candidate."""

from dataclasses import dataclass
from typing import Final, Literal

from contracts.ranking import MadeBy, Split

Grade = Literal[0, 1, 2, 3]
Reason = Literal["same_package", "same_cluster", "same_sector", "same_region", "other"]
POSITIVE_FROM: Final = 2  # the lowest grade with label 1


@dataclass(frozen=True, slots=True)
class Record:
    """`reason`: what the two have in common. `prompt`: the key of the question that the query answers."""

    query: str
    candidate_id: str
    cluster_id: str
    grade: Grade
    reason: Reason
    split: Split
    made_by: MadeBy
    prompt: str

    @property
    def label(self) -> Literal[0, 1]:
        return 1 if self.grade >= POSITIVE_FROM else 0
