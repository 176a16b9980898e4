"""The one way to ask a language model."""

from prometheus_client import CollectorRegistry

from contracts import WorkFailed
from llm.answers import Answers
from llm.bucket import Limits
from llm.calling import Accounts, Caller
from llm.conversation import Conversation
from llm.endpoint import Endpoint
from llm.interactions import Interactions
from llm.metrics import Metrics
from llm.prices import Prices, usual_tokens
from llm.question import A, Answered, Cost, Question, Tokens
from llm.settings import LlmSettings
from objects import ObjectStore

# `not_stored`: a replay has to find what the fallback answered in the run that it repeats.
ANOTHER_MODEL_MAY = {"bad_answer", "truncated", "context_too_long", "model_not_found", "not_stored"}


class LanguageModel:
    def __init__(
        self,
        settings: LlmSettings,
        store: ObjectStore,
        ledger: Accounts,
        registry: CollectorRegistry | None = None,
    ) -> None:
        profile = settings.profile
        limits = Limits(
            settings.llm_concurrency, settings.llm_requests_per_minute, settings.llm_tokens_per_minute
        )
        self._fallback = None if profile.only_model else settings.llm_fallback_model
        self._only_model = profile.only_model
        self._caller = Caller(
            settings=settings,
            endpoint=Endpoint(profile, settings.llm_base_url, settings.key),
            bucket=ledger.slots(profile.name, limits, settings.llm_longest_wait_seconds),
            ledger=ledger,
            answers=Answers(store),
            interactions=Interactions(store, compressed=settings.llm_log_compression == "gzip"),
            prices=Prices.load(settings.llm_prices_file),
            metrics=Metrics(registry or CollectorRegistry()),
        )

    async def ask(self, question: Question[A]) -> Answered[A]:
        """A validated answer: stored before it is returned, paid for once.

        Raises WorkFailed (this question cannot be answered), OverBudget, Unavailable or Blocked (wait).
        """
        model = self.asked(question.model)
        try:
            return await Conversation(self._caller, question, model).answer()
        except WorkFailed as failure:
            if failure.code not in ANOTHER_MODEL_MAY or self._fallback in {None, model}:
                raise
        return await Conversation(self._caller, question, str(self._fallback), fallback_for=model).answer()

    def asked(self, model: str) -> str:
        """Which model answers where this one is named: some endpoints have but one."""
        return self._only_model or model

    def forecast(self, prompt_characters: int, max_output_tokens: int, model: str) -> Cost | None:
        """What such a call usually costs at most; None: no price is known."""
        tokens = Tokens(usual_tokens(prompt_characters), max_output_tokens)
        return self._caller.prices.cost(self.asked(model), tokens)

    async def close(self) -> None:
        await self._caller.endpoint.close()
