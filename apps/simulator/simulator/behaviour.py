"""What the simulator may be told: how slow it is, whom it imitates, and what goes wrong."""

from enum import StrEnum
from typing import Any, Self

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from simulator.profiles import ProfileName

LONGEST_WAIT_SECONDS = 600.0


class FaultKind(StrEnum):
    """Everything that can go wrong on demand."""

    # The provider refuses.
    RATE_LIMITED = "429"
    RATE_LIMITED_WITHOUT_RETRY_AFTER = "429_without_retry_after"
    SERVER_ERROR = "500"
    OVERLOADED = "503"
    BAD_REQUEST = "400"
    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    CONTEXT_TOO_LONG = "context_too_long"
    UNSUPPORTED_RESPONSE_FORMAT = "unsupported_response_format"
    # The connection suffers.
    RESET = "reset"
    HANG = "hang"
    SLOW_DRIP = "slow_drip"
    # The model stops short of an answer.
    TRUNCATED = "truncated"
    EMPTY = "empty"
    REFUSAL = "refusal"
    CONTENT_FILTER = "content_filter"
    # The answer is spelt badly.
    INVALID_JSON = "invalid_json"
    DUPLICATE_JSON_NAMES = "duplicate_json_names"
    MARKDOWN_FENCES = "markdown_fences"
    NUMBERS_AS_STRINGS = "numbers_as_strings"
    EXTRA_FIELDS = "extra_fields"
    # The answer is wrong.
    WRONG_LANGUAGE = "wrong_language"
    INVENTED_IDS = "invented_ids"
    MISSING_IDS = "missing_ids"
    REPEATED_IDS = "repeated_ids"
    IDS_BEYOND = "ids_beyond"
    WRONG_CATEGORIES = "wrong_categories"
    BROKEN_RULES = "broken_rules"
    NEAR_DUPLICATES = "near_duplicates"


class Fault(BaseModel):
    """One thing that goes wrong, for the calls that every given condition lets through."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: FaultKind
    rate: float = Field(
        default=1, ge=0, le=1, description="Share of calls, by hash of the prompt and its count."
    )
    first_n: int | None = Field(default=None, ge=0, description="Strikes this often, then never again.")
    first_n_of_each: int | None = Field(
        default=None, ge=0, description="The same, counted for each prompt alone."
    )
    containing: str | None = Field(default=None, description="Only calls whose messages contain this text.")
    prompt: str | None = Field(default=None, description="Only calls of the prompt of this name.")
    retry_after_seconds: float = Field(
        default=1, ge=0, le=3600, description="What a 429 says in Retry-After."
    )
    seconds: float = Field(
        default=LONGEST_WAIT_SECONDS,
        gt=0,
        le=LONGEST_WAIT_SECONDS,
        description="How long hang and slow_drip last.",
    )


class Behaviour(BaseModel):
    """All that can be set, at the start or while it runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    latency_seconds: float = Field(
        default=0,
        ge=0,
        le=LONGEST_WAIT_SECONDS,
        validation_alias=AliasChoices("latency_seconds", "latency"),
        description="How long each answer takes.",
    )
    jitter_seconds: float = Field(
        default=0,
        ge=0,
        le=LONGEST_WAIT_SECONDS,
        validation_alias=AliasChoices("jitter_seconds", "jitter"),
        description="At most this much is added to the latency, by hash of the prompt.",
    )
    profile: ProfileName = Field(
        default="simulator", description="Whose limits to imitate: simulator accepts all."
    )
    seed: int = Field(default=0, description="Another seed lets other calls of a rate fail.")
    faults: tuple[Fault, ...] = Field(default=(), description="The first that applies to a call strikes.")

    def changed(self, changes: Any) -> Self:
        """This behaviour with some fields set anew; the others stay. Nonsense raises ValueError."""
        wanted = type(self).model_validate(changes)
        return self.model_copy(update={name: getattr(wanted, name) for name in wanted.model_fields_set})
