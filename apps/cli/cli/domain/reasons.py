"""Why deals of a run are in no package."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from contracts.packages import Outcome


@dataclass(frozen=True, slots=True)
class Reasons:
    """How many deals for each code, the most frequent first."""

    excluded: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, int] = field(default_factory=dict)
    unknown: str = ""  # why nobody can say


def reasons_of(outcome: Outcome) -> Reasons:
    return Reasons(
        excluded=counted(one.code for one in outcome.excluded),
        failed=counted(one.code for one in outcome.failed),
    )


def counted(codes: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(codes).items(), key=lambda entry: (-entry[1], entry[0])))
