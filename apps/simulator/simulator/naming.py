"""Names and phrases for a group of deals that a buyer would understand."""

from collections.abc import Sequence

from simulator.deals import Deal, audiences, count, most_common, quality, subtopic, topic

QUALITY = {"premium": "Premium", "mid-tier": "Mid-Tier", "ron": "Run-of-Network"}
FORMAT = {"video": "Video", "display": "Display", "banner": "Display", "native": "Native", "audio": "Audio"}
GENERAL = "General Interest"


def package_name(deals: Sequence[Deal]) -> str:
    """Such as Premium Automotive CTV, a dash, Auto Intenders."""
    words = [quality_words(deals), theme(deals), format_words(deals)]
    name = " ".join(word for word in words if word)
    audience = shared_audience(deals)
    return f"{name} \N{EN DASH} {audience}" if audience else name


def theme(deals: Sequence[Deal]) -> str:
    """What the deals are about: the second tier when all share it, else the first."""
    seconds = {deal.taxonomy.tier2 for deal in deals}
    if len(seconds) == 1 and "" not in seconds:
        return seconds.pop()
    firsts = most_common(deals, topic, limit=1)
    return firsts[0] if firsts else GENERAL


def format_words(deals: Sequence[Deal]) -> str:
    formats = {deal.format.lower() for deal in deals} - {""}
    if len(formats) != 1:
        return "Multi-Format" if formats else ""
    only = formats.pop()
    on_television = sum("ctv" in deal.deal_name.lower() for deal in deals)
    return (
        "CTV"
        if only in {"ctv", "video"} and on_television * 2 > len(deals)
        else FORMAT.get(only, only.title())
    )


def quality_words(deals: Sequence[Deal]) -> str:
    """The tier that more than half of the deals have."""
    tiers = count(deals, quality)
    if not tiers or tiers[0][1] * 2 <= len(deals):
        return ""
    return QUALITY.get(tiers[0][0].lower(), tiers[0][0])


def shared_audience(deals: Sequence[Deal]) -> str:
    """The audience that at least half of the deals reach."""
    reached = count(deals, audiences)
    return reached[0][0] if reached and reached[0][1] * 2 >= len(deals) else ""


def price_range(deals: Sequence[Deal]) -> str:
    """Floor prices in words; several currencies are not mixed into one range."""
    priced = [deal.commercial for deal in deals if deal.commercial.floor_price is not None]
    currencies = {price.currency or "USD" for price in priced}
    if len(currencies) != 1:
        return "floor prices in several currencies" if currencies else "no floor price given"
    floors = sorted(price.floor_price for price in priced if price.floor_price is not None)
    return f"floor prices of {floors[0]:.2f} to {floors[-1]:.2f} {currencies.pop()}"


def listed(words: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def subtopics(deals: Sequence[Deal], limit: int = 3) -> list[str]:
    return most_common(deals, subtopic, limit)
