"""What a call costs, as far as a dated list of prices knows."""

from decimal import Decimal
from math import ceil
from pathlib import Path

from contracts import Entity
from llm.question import Cost, Tokens

OWN_LIST = Path(__file__).with_name("prices.json")
MILLION = 1_000_000

# A model seldom makes more than one token of two bytes: what is reserved is hardly ever exceeded.
LEAST_BYTES_PER_TOKEN = 2.0
USUAL_CHARACTERS_PER_TOKEN = 3.5


class Price(Entity):
    """US dollars per million tokens."""

    input: Decimal
    cached_input: Decimal
    output: Decimal


class Prices(Entity):
    as_of: str
    note: str = ""
    models: dict[str, Price]

    @classmethod
    def load(cls, path: Path | None = None) -> "Prices":
        return cls.read((path or OWN_LIST).read_bytes())

    def cost(self, model: str, tokens: Tokens) -> Cost | None:
        """None: the list does not know this model."""
        price = self.models.get(model)
        if price is None:
            return None
        usd = (
            price.input * (tokens.prompt - tokens.cached_prompt)
            + price.cached_input * tokens.cached_prompt
            + price.output * tokens.completion
        )
        return Cost(usd / MILLION, self.as_of)


def most_tokens(text: str) -> int:
    return ceil(len(text.encode()) / LEAST_BYTES_PER_TOKEN)


def usual_tokens(characters: int) -> int:
    return ceil(characters / USUAL_CHARACTERS_PER_TOKEN)
