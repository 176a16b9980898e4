"""What a file does not say itself."""

from dataclasses import dataclass
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from contracts.errors import InvalidEvent


@dataclass(frozen=True, slots=True)
class UploadDefaults:
    currency: str | None
    time_zone: str  # of times without one, by its IANA name
    day_first: bool  # of dates that can be read both ways

    def zone(self) -> tzinfo:
        if self.time_zone == "UTC":
            return UTC  # known without a database of zones
        try:
            return ZoneInfo(self.time_zone)
        except (KeyError, ValueError, OSError) as error:  # unknown, a path, a folder of zones
            words = f"{self.time_zone!r} is no time zone; give an IANA name such as Europe/Berlin or UTC"
            raise InvalidEvent("time_zone_unknown", words) from error
