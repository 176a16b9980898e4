"""Points in time: with a zone, kept in UTC."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field


def in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:  # the first and the last day of the calendar
        raise ValueError(f"{moment} has no UTC") from error


def zoned(moment: datetime) -> datetime:
    """Feeds leave the zone out where they mean UTC."""
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


Moment = Annotated[AwareDatetime, AfterValidator(in_utc)]
FeedMoment = Annotated[datetime, Field(strict=False), AfterValidator(zoned), AfterValidator(in_utc)]
