"""What each provider's OpenAI-compatible endpoint lacks, as far as a client can notice."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

ProfileName = Literal["simulator", "openai", "gemini", "vllm", "ollama"]

OPENAI_FIELDS = frozenset(
    (  # noqa: SIM905 - one name per line would fill a screen and say no more
        "model messages temperature top_p n stream stream_options stop seed max_tokens max_completion_tokens"
        " presence_penalty frequency_penalty logit_bias logprobs top_logprobs response_format tools"
        " tool_choice parallel_tool_calls reasoning_effort verbosity service_tier store metadata user"
        " safety_identifier prompt_cache_key prediction modalities audio web_search_options"
    ).split()
)
GEMINI_REFUSES = frozenset(
    {
        "seed",
        "presence_penalty",
        "frequency_penalty",
        "logit_bias",
        "logprobs",
        "top_logprobs",
        "verbosity",
        "store",
        "metadata",
        "safety_identifier",
        "prompt_cache_key",
        "prediction",
        "web_search_options",
    }
)
BOTH_LIMITS = ("max_completion_tokens", "max_tokens")


@dataclass(frozen=True, slots=True)
class Profile:
    """One provider's peculiarities; the reason says where a real client meets them."""

    reason: str
    known_fields: frozenset[str] | None = None  # None: fields that it does not know are ignored
    limit_fields: tuple[str, ...] = BOTH_LIMITS
    checks_strict_schema: bool = False
    json_object_needs_the_word: bool = False
    errors_in_a_list: bool = False


PROFILES: Mapping[ProfileName, Profile] = {
    "simulator": Profile(reason="accepts everything, so that a demo needs no setting"),
    "openai": Profile(
        reason="refuses unknown arguments, strict schemas that are open, and JSON mode without the word",
        known_fields=OPENAI_FIELDS,
        checks_strict_schema=True,
        json_object_needs_the_word=True,
    ),
    "gemini": Profile(
        reason="refuses seed, the penalties and unknown names; its error body is a list with one object",
        known_fields=OPENAI_FIELDS - GEMINI_REFUSES,
        errors_in_a_list=True,
    ),
    "vllm": Profile(reason="accepts everything and ignores what it does not know"),
    "ollama": Profile(
        reason="reads max_tokens alone and ignores other names without a word, max_completion_tokens too",
        limit_fields=("max_tokens",),
    ),
}


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a provider refuses a request, with the field that it names."""

    words: str
    field: str
    code: str | None = None


def objection(profile: Profile, request: Mapping[str, Any], text: str) -> Objection | None:
    """What this provider says against the request; None: nothing."""
    return (
        _unknown_field(profile, request)
        or _open_schema(profile, request.get("response_format"))
        or _word_missing(profile, request.get("response_format"), text)
    )


def _unknown_field(profile: Profile, request: Mapping[str, Any]) -> Objection | None:
    unknown = sorted(set(request) - profile.known_fields) if profile.known_fields is not None else []
    if not unknown:
        return None
    if profile.errors_in_a_list:
        words = "\n".join(
            f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.' for name in unknown
        )
    else:
        words = f"Unrecognized request argument supplied: {', '.join(unknown)}"
    return Objection(words, unknown[0])


def _open_schema(profile: Profile, response_format: Any) -> Objection | None:
    wanted = response_format.get("json_schema") if isinstance(response_format, Mapping) else None
    if not (profile.checks_strict_schema and isinstance(wanted, Mapping) and wanted.get("strict")):
        return None
    problem = _not_strict(wanted.get("schema"))
    if problem is None:
        return None
    words = f"Invalid schema for response_format '{wanted.get('name')}': {problem}"
    return Objection(words, "response_format", "invalid_json_schema")


def _not_strict(schema: Any) -> str | None:
    """The first object of a schema that is open or has optional fields."""
    if isinstance(schema, list):
        return next((problem for part in schema if (problem := _not_strict(part))), None)
    if not isinstance(schema, Mapping):
        return None
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        return "'additionalProperties' is required to be supplied and to be false."
    if optional := set(schema.get("properties", {})) - set(schema.get("required", [])):
        return f"'required' has to include every key in properties. Missing {min(optional)!r}."
    return next((problem for part in schema.values() if (problem := _not_strict(part))), None)


def _word_missing(profile: Profile, response_format: Any, text: str) -> Objection | None:
    asks = isinstance(response_format, Mapping) and response_format.get("type") == "json_object"
    if not (asks and profile.json_object_needs_the_word) or "json" in text.lower():
        return None
    return Objection(
        "'messages' must contain the word 'json' in some form,"
        " to use 'response_format' of type 'json_object'.",
        "messages",
    )
