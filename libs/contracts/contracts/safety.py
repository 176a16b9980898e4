"""Brand suitability: four IAB levels of which Floor is the worst, and unknown, which is never safe."""

from collections.abc import Iterable, Mapping
from enum import StrEnum


class SafetyRisk(StrEnum):
    """How risky content is for a brand, after the IAB levels bsr001 to bsr004.

    Floor is content that should carry no advertising at all. Unknown ranks above High:
    nobody has said that it is not Floor.
    """

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    UNKNOWN = "unknown"
    FLOOR = "floor"

    @property
    def severity(self) -> int:
        return list(SafetyRisk).index(self)

    @property
    def iab_id(self) -> str | None:
        return IAB_IDS.get(self)

    def within(self, tolerance: "SafetyRisk") -> bool:
        """Whether a brand that tolerates this much may appear here; nobody tolerates Floor or unknown."""
        if tolerance in (SafetyRisk.FLOOR, SafetyRisk.UNKNOWN):
            raise ValueError(f"{tolerance} is no tolerance: say low, medium or high")
        return self.severity <= tolerance.severity


class SafetyScale(StrEnum):
    """What a feed means by its words. Some vendors say Floor for content that suits everybody."""

    IAB = "iab"
    FLOOR_IS_SAFEST = "floor_is_safest"


IAB_IDS: Mapping[SafetyRisk, str] = {
    SafetyRisk.FLOOR: "bsr001",
    SafetyRisk.HIGH: "bsr002",
    SafetyRisk.MEDIUM: "bsr003",
    SafetyRisk.LOW: "bsr004",
}
_BY_IAB_ID: Mapping[str, SafetyRisk] = {iab_id: risk for risk, iab_id in IAB_IDS.items()}


def risk_of(rating: str | None, scale: SafetyScale = SafetyScale.IAB) -> SafetyRisk:
    """The level that a feed's rating names. No rating is unknown; a word that no scale has is an error."""
    if rating is None:
        return SafetyRisk.UNKNOWN
    word = rating.casefold().strip().removesuffix("risk").strip()
    if word in _BY_IAB_ID:
        return _BY_IAB_ID[word]  # an id means the same on every scale
    risk = _named(word, rating)
    if risk is SafetyRisk.FLOOR and scale is SafetyScale.FLOOR_IS_SAFEST:
        return SafetyRisk.LOW  # the safest level that the IAB has
    return risk


def worst_of(risks: Iterable[SafetyRisk]) -> SafetyRisk:
    """What holds for all of them together; of nothing, nothing is known."""
    return max(risks, key=lambda risk: risk.severity, default=SafetyRisk.UNKNOWN)


def _named(word: str, rating: str) -> SafetyRisk:
    try:
        return SafetyRisk(word)
    except ValueError:
        raise ValueError(f"{rating!r} is no rating: say Floor, High, Medium, Low or Unknown") from None
