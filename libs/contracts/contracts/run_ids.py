"""Names of runs."""

from datetime import UTC, datetime


def run_id(at: datetime, chance: str) -> str:
    """Sorts by time; `chance` (8 hex digits) keeps apart what is asked for in the same second."""
    return f"RUN_{at.astimezone(UTC):%Y%m%dT%H%M%SZ}_{chance}"
