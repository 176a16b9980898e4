"""What is asked, on whose behalf, and what comes back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from contracts.event import DEFAULT_TENANT
from llm.prompts import Prompt


class Answer(BaseModel):
    """Base of all answer models: lenient where nothing is lost by it, such as an id written as a number."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True, allow_inf_nan=False)


A = TypeVar("A", bound=Answer)


@dataclass(frozen=True, slots=True)
class Call:
    """On whose behalf: for logs, budget and metrics. Nothing of it but the tenant changes the answer."""

    run_id: str
    stage: str
    interaction_type: str  # a name of llm.layout.LOG_LAYOUT
    tenant: str = DEFAULT_TENANT
    revision: int = 1
    entity: str = ""
    batch_id: int | None = None
    category: str | None = None
    expected_ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()  # of the expected ids, for people who read the log


@dataclass(frozen=True, slots=True)
class Budget:
    """What the run may spend, unless somebody has set its limit already."""

    limit_usd: Decimal


def nothing_to_complain(_: Any) -> list[str]:
    return []


def nothing_to_wish(_: Any) -> list[str]:
    return []


@dataclass(frozen=True, slots=True)
class Question(Generic[A]):
    prompt: Prompt
    answer: type[A]
    call: Call
    model: str
    values: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    check: Callable[[A], list[str]] = nothing_to_complain  # what is wrong with it, in words for the model
    # What could be better about a good answer. Told once; the better of the two answers is then taken.
    wish: Callable[[A], list[str]] = nothing_to_wish
    retry: Prompt | None = (
        None  # asks again about a bad answer, by its placeholder {{complaints}}; None: ours
    )
    temperature: float = 0.2
    max_output_tokens: int = 8192
    timeout_seconds: float | None = None  # None: LLM_TIMEOUT_SECONDS
    sample: int = 0
    budget: Budget | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    prompt: int = 0
    completion: int = 0
    cached_prompt: int = 0  # part of `prompt`

    def __add__(self, other: "Tokens") -> "Tokens":
        return Tokens(
            self.prompt + other.prompt,
            self.completion + other.completion,
            self.cached_prompt + other.cached_prompt,
        )


@dataclass(frozen=True, slots=True)
class Cost:
    usd: Decimal
    as_of: str  # date of the prices


@dataclass(frozen=True, slots=True)
class Answered(Generic[A]):
    value: A
    cache_key: str
    sample: int
    model: str
    from_store: bool  # nothing was paid for it now
    cost: Cost | None  # of this ask; None: no price is known
    tokens: Tokens
    attempts: int
    fallback_for: str | None = None  # the model that was asked first
    earlier: tuple[str, ...] = ()  # what the model said before, in this conversation, whoever had it
