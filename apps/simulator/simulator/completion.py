"""An answer in the form of the OpenAI API. Its bytes follow from the request alone, its date too."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from simulator.bundles import describe_bundles
from simulator.enrichment import enrich_package
from simulator.gold import Gold
from simulator.packages import propose_packages
from simulator.profiles import Profile
from simulator.querying import write_queries
from simulator.question import BadQuestion, ChatRequest, Question
from simulator.schema import minimal
from simulator.segmenting import consolidate_taxonomy, extract_taxonomy, refine_assignments

MODEL = "assort-simulator-1"  # in every answer, whatever was asked: nobody shall take it for a real model
FINGERPRINT = "fp_assort_simulator_1"
CREATED = 1_767_225_600  # 2026-01-01
CHARACTERS_PER_TOKEN = 4

ANSWERS: Mapping[str, Callable[[Question, Gold], dict[str, Any]]] = {
    "propose_packages": lambda question, _: propose_packages(question),
    "enrich_package": lambda question, _: enrich_package(question),
    "describe_bundles": lambda question, _: describe_bundles(question),
    "write_queries": lambda question, _: write_queries(question),
    "extract_taxonomy": extract_taxonomy,
    "consolidate_taxonomy": consolidate_taxonomy,
    "refine_assignments": refine_assignments,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model says, and why it stopped."""

    content: str | None
    finish_reason: str = "stop"
    refusal: str | None = None


def answer(question: Question, request: ChatRequest, gold: Gold) -> Answer:
    if question.prompt_name is None:
        return Answer(_generic(question, request))
    if question.prompt_name not in ANSWERS:
        known = ", ".join(sorted(ANSWERS))
        raise BadQuestion(f"unknown prompt {question.prompt_name!r}; the simulator knows: {known}")
    return Answer(json.dumps(ANSWERS[question.prompt_name](question, gold), ensure_ascii=False))


def limited(said: Answer, request: ChatRequest, profile: Profile) -> Answer:
    """Cut where the request says so, as a model would be."""
    limits = [limit for name in profile.limit_fields if (limit := getattr(request, name)) is not None]
    if not limits or said.content is None or tokens(said.content) <= limits[0]:
        return said
    return replace(said, content=said.content[: limits[0] * CHARACTERS_PER_TOKEN], finish_reason="length")


def completion(said: Answer, question: Question) -> dict[str, Any]:
    prompt, completed = tokens(question.conversation), tokens(said.content or said.refusal or "")
    return {
        "id": f"chatcmpl-{question.prompt_sha256[:24]}",
        "object": "chat.completion",
        "created": CREATED,
        "model": MODEL,
        "system_fingerprint": FINGERPRINT,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": said.content, "refusal": said.refusal},
                "logprobs": None,
                "finish_reason": said.finish_reason,
            }
        ],
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": completed,
            "total_tokens": prompt + completed,
            "prompt_tokens_details": {"cached_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        },
    }


def tokens(text: str) -> int:
    return ceil(len(text) / CHARACTERS_PER_TOKEN)


def _generic(question: Question, request: ChatRequest) -> str:
    wanted = request.response_format
    if wanted and wanted.type == "json_schema":
        return json.dumps(minimal((wanted.json_schema or {}).get("schema", {})))
    words = f"A simulated answer to the prompt {question.prompt_sha256[:12]}."
    return json.dumps({"text": words}) if wanted and wanted.type == "json_object" else words
