"""What a model is shown of a cluster, and the key of the question that it is asked."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from contracts.event import canonical
from ranking.candidate import Candidate, Collection, MiniCluster

PROMPT: Final = "write_queries"
MOST_SHOWN: Final = 20
MOST_ATTRIBUTES: Final = 12
LONGEST_SNIPPET: Final = 300  # characters
KEY_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class Shown:
    """A member as the model sees it. It has no id: a query must not hold one."""

    name: str
    sectors: tuple[str, ...]
    regions: tuple[str, ...]
    attributes: tuple[str, ...]
    snippet: str


def shown(cluster: MiniCluster, collection: Collection) -> tuple[Shown, ...]:
    """Core members first; of many, some from everywhere in the order of ids.

    Of those around at most half as many: a model cannot tell them apart, and asks for what most have.
    """
    core = spread(sorted(set(cluster.core)), MOST_SHOWN)
    around = spread(sorted(cluster.members - set(cluster.core)), min(MOST_SHOWN - len(core), len(core) // 2))
    return tuple(_shown(collection.of(candidate_id)) for candidate_id in (*core, *around))


def spread(ids: Sequence[str], most: int) -> Sequence[str]:
    """At even distances, the first one among them."""
    return ids if len(ids) <= most else [ids[place * len(ids) // most] for place in range(most)]


def prompt_key(prompt_name: str, version: int, model: str, wanted: int, members: Sequence[Shown]) -> str:
    """The same question has the same key, whichever run asks it and in whichever order its members come."""
    question = {
        "prompt": prompt_name,
        "version": version,
        "model": model,
        "wanted": wanted,
        "members": sorted(canonical(asdict(member)).decode() for member in members),
    }
    return hashlib.sha256(canonical(question)).hexdigest()[:KEY_LENGTH]


def _shown(candidate: Candidate) -> Shown:
    return Shown(
        candidate.name,
        candidate.sectors,
        candidate.regions,
        candidate.attributes[:MOST_ATTRIBUTES],
        candidate.snippet[:LONGEST_SNIPPET],
    )
