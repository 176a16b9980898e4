"""Texts of a model, cut and spelt as they are kept."""

import re
from typing import Final

MAX_NAME: Final = 200
MAX_REASONING: Final = 4000
MAX_CODE: Final = 64
MAX_WORDS: Final = 500


def shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}\N{HORIZONTAL ELLIPSIS}"


def code_of(text: str) -> str:
    """A reason as a code: models write `Safety Mismatch`."""
    code = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return re.sub(r"^[0-9_]+", "", code)[:MAX_CODE] or "excluded"
