"""What each provider's OpenAI-compatible endpoint can do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ProfileName = Literal["openai", "gemini", "vllm", "ollama", "simulator"]
Format = Literal["json_schema", "json_object", "plain"]  # how the shape of the answer is enforced
ALL_FORMATS: tuple[Format, ...] = ("json_schema", "json_object", "plain")


@dataclass(frozen=True, slots=True)
class Profile:
    name: ProfileName
    base_url: str
    formats: tuple[Format, ...] = ALL_FORMATS  # best first
    limit_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    takes_seed: bool = True
    needs_key: bool = False
    only_model: str | None = None  # it answers as this model, whatever was asked for


PROFILES: Mapping[ProfileName, Profile] = {
    "openai": Profile(
        "openai", "https://api.openai.com/v1", limit_field="max_completion_tokens", needs_key=True
    ),
    "gemini": Profile(
        "gemini",
        "https://generativelanguage.googleapis.com/v1beta/openai/",
        takes_seed=False,
        needs_key=True,
    ),
    "vllm": Profile("vllm", "http://127.0.0.1:8000/v1"),
    "ollama": Profile("ollama", "http://127.0.0.1:11434/v1"),
    # Its own name, so that an answer made up for a demo is never taken for one of a real model.
    "simulator": Profile("simulator", "http://127.0.0.1:8790/v1", only_model="assort-simulator-1"),
}
