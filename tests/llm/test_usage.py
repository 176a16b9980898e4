"""Tokens as providers report them, and as they are billed."""

from typing import Any

import pytest

from llm import Tokens
from llm.endpoint import Usage


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        pytest.param({"prompt_tokens": 100, "completion_tokens": 10}, Tokens(100, 10), id="plain"),
        pytest.param(
            {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 150},
            Tokens(100, 50),
            id="thoughts are in the total alone",
        ),
        pytest.param(
            {"prompt_tokens": 100, "completion_tokens": 10, "prompt_tokens_details": {"cached_tokens": 80}},
            Tokens(100, 10, 80),
            id="part of the prompt was cached",
        ),
        pytest.param({"prompt_tokens": None, "prompt_tokens_details": {}}, Tokens(), id="nothing is said"),
    ],
)
def test_tokens_are_counted_as_billed(usage: dict[str, Any], tokens: Tokens) -> None:
    assert Usage.model_validate(usage).tokens() == tokens
