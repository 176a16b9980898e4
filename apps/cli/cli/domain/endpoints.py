"""Who answers in a demonstration: a real model where a key is set, else the simulator."""

from collections.abc import Mapping
from dataclasses import dataclass

OPENAI_MODEL = "gpt-4o"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`settings` is what the services' environment needs besides what it has."""

    words: str
    simulated: bool
    settings: Mapping[str, str]


def endpoint(environment: Mapping[str, str]) -> Endpoint:
    if environment.get("LLM_API_KEY") or environment.get("LLM_BASE_URL"):
        name = environment.get("LLM_PROFILE", "gemini")
        return Endpoint(f"a real model answers, as LLM_* says ({name})", simulated=False, settings={})
    if environment.get("GEMINI_API_KEY"):
        return Endpoint(
            "GEMINI_API_KEY is set: Gemini answers", simulated=False, settings={"LLM_PROFILE": "gemini"}
        )
    if environment.get("OPENAI_API_KEY"):
        model = environment.get(
            "GEMINI_MODEL_NAME", OPENAI_MODEL
        )  # the setting that names the model for deals
        return Endpoint(
            f"OPENAI_API_KEY is set: {model} answers",
            simulated=False,
            settings={"LLM_PROFILE": "openai", "GEMINI_MODEL_NAME": model},
        )
    return Endpoint(
        "no LLM key is set: the simulator answers, so names and advice are only for show",
        simulated=True,
        settings={"LLM_PROFILE": "simulator"},
    )
