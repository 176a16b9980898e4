"""The three questions and the real conversation, with answers out of a list in the place of a provider."""

from collections.abc import Sequence
from typing import cast

from contracts.segmenting import Phase
from llm import LanguageModel
from segmenter.adapters import LlmAsker
from segmenter.domain.params import ModelConfig
from segmenter.domain.tasks import TakeStep
from tests.packager.answering import Script
from tests.segmenter.inputs import CATEGORY, RUN_ID
from tests.segmenter.test_rows import HERE

CONFIG = ModelConfig(
    model="scripted-1",
    temperature=0.2,
    timeout_seconds=60,
    fresh=0,
    max_output_tokens=8192,
    prompt_version=None,
)


def asker(texts: Sequence[str]) -> tuple[LlmAsker, Script]:
    script = Script(texts)
    return LlmAsker(cast("LanguageModel", script)), script


def step(phase: Phase, number: int = 0) -> TakeStep:
    return TakeStep(run_id=RUN_ID, phase=phase, number=number, asked=HERE, category=CATEGORY, config=CONFIG)
