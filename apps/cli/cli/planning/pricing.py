"""Name, price and limits of the model, from the variables that services read, too."""

from cli.planning.forecast import Pool, Price


def price_list() -> tuple[str, Price]:
    """The day of the list, and what it knows."""
    from llm import LlmSettings, Tokens  # noqa: PLC0415 - loads a provider's client
    from llm.prices import Prices  # noqa: PLC0415 - same

    prices = Prices.load(LlmSettings().llm_prices_file)

    def price(model: str, prompt: int, completion: int) -> float | None:
        cost = prices.cost(model, Tokens(prompt, 0, completion))
        return None if cost is None else float(cost.usd)

    return prices.as_of, price


def limits() -> tuple[str, Pool]:
    """The model that services ask unless a run names another, and what holds over all of them."""
    from llm import LlmSettings  # noqa: PLC0415 - loads a provider's client

    settings = LlmSettings()
    pool = Pool(settings.llm_concurrency, settings.llm_requests_per_minute, settings.llm_tokens_per_minute)
    return settings.profile.only_model or settings.gemini_model_name, pool
