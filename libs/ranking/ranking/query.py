"""Queries as they are written."""

from dataclasses import dataclass

from contracts.ranking import MadeBy


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody could have asked to find a cluster. `prompt`: the key of the question that it answers."""

    cluster_id: str
    text: str
    made_by: MadeBy
    prompt: str
