"""Every metric of LLM calls. Names follow OpenTelemetry's GenAI conventions where there are any."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from llm.question import Cost, Tokens

SECONDS = (0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300, 600)
TOKENS = tuple(4**power for power in range(1, 11))


class Metrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.seconds = Histogram(
            "gen_ai_client_operation_duration_seconds",
            "How long calls to the provider took.",
            ["stage", "model", "outcome"],
            buckets=SECONDS,
            registry=registry,
        )
        self.tokens = Histogram(
            "gen_ai_client_token_usage",
            "Tokens per call, as the provider counted them.",
            ["stage", "model", "token_type"],
            buckets=TOKENS,
            registry=registry,
        )
        self.calls = Counter(
            "llm_calls_total",
            "Calls to the provider; outcome: answered, or the code of the failure.",
            ["stage", "model", "outcome"],
            registry=registry,
        )
        self.cost = Counter(
            "llm_cost_usd_total",
            "What calls cost, where a price is known.",
            ["stage", "model"],
            registry=registry,
        )
        self.unpriced = Counter(
            "llm_unpriced_calls_total", "Calls whose price is unknown.", ["stage", "model"], registry=registry
        )
        self.bad_answers = Counter(
            "llm_bad_answers_total",
            "Answers that were asked about again; code unfit: usable, but it left something to wish for.",
            ["stage", "model", "code"],
            registry=registry,
        )
        self._of_the_store(registry)

    def _of_the_store(self, registry: CollectorRegistry) -> None:
        self.hits = Counter(
            "llm_cache_hits_total",
            "Questions answered from the store.",
            ["stage", "model"],
            registry=registry,
        )
        self.log_bytes = Counter(
            "llm_log_bytes_total",
            "Size of the interaction files that were written.",
            ["stage"],
            registry=registry,
        )
        self.saved = Counter(
            "llm_saved_usd_total",
            "What stored answers would have cost.",
            ["stage", "model"],
            registry=registry,
        )

    def called(self, stage: str, model: str, outcome: str, seconds: float) -> None:
        self.seconds.labels(stage, model, outcome).observe(seconds)
        self.calls.labels(stage, model, outcome).inc()

    def paid(self, stage: str, model: str, tokens: Tokens, cost: Cost | None) -> None:
        self.tokens.labels(stage, model, "input").observe(tokens.prompt)
        self.tokens.labels(stage, model, "output").observe(tokens.completion)
        if cost is None:
            self.unpriced.labels(stage, model).inc()
        else:
            self.cost.labels(stage, model).inc(float(cost.usd))

    def logged(self, stage: str, size: int) -> None:
        self.log_bytes.labels(stage).inc(size)

    def bad(self, stage: str, model: str, code: str) -> None:
        self.bad_answers.labels(stage, model, code).inc()

    def hit(self, stage: str, model: str, saved: Cost | None) -> None:
        self.hits.labels(stage, model).inc()
        self.saved.labels(stage, model).inc(float(saved.usd) if saved else 0)
