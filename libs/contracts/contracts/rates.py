"""What money of one currency is worth in another, by a dated list that a user may replace."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from contracts.event import Entity

OWN_LIST = Path(__file__).parent / "data" / "rates.json"

CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Rates(Entity):
    as_of: date
    note: str = ""
    base: CurrencyCode
    rates: Mapping[CurrencyCode, Annotated[float, Field(gt=0)]] = Field(
        description="What one unit of each currency is worth in the base."
    )

    @model_validator(mode="after")
    def _base_is_one(self) -> Self:
        if self.rates.get(self.base, 1) != 1:
            raise ValueError(f"one {self.base} is one {self.base}: its rate is 1 or left out")
        return self

    def convert(self, amount: float, currency: str, to: str) -> float | None:
        """None: one of the two has no rate."""
        if currency == to:
            return amount
        rate, wanted = self._rate(currency), self._rate(to)
        return None if rate is None or wanted is None else amount * rate / wanted

    def _rate(self, currency: str) -> float | None:
        return 1 if currency == self.base else self.rates.get(currency)


def load_rates(path: Path | None = None) -> Rates:
    """The user's list, or our own. InvalidEvent says what is wrong with it."""
    return Rates.read((path or OWN_LIST).read_bytes())
