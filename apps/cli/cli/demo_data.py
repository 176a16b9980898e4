"""Deals for demonstrations: real channels, exchanges and categories put together by chance; floors invented.

The same seed gives the same deals on any machine; the first deals of a long list are those of a short one.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

from contracts.taxonomy import content_taxonomy

DEFAULT_SEED = 7
FIRST_DAY = date(2026, 1, 1)  # fixed: today's date would make every day's deals different
INVENTED = "Invented for demonstration: id, floor, dates and seats are not real."
UNLISTED_EXCHANGE = "Northlight Exchange"  # invented, to show an origin that no table knows
MARKETS = ("USA", "GBR", "DEU")  # sold nearly everywhere, so that deals of a package can run together
SOURCES = ("BidSwitch", "Google Authorized Buyers", "Google Curated", None)
SEASONS = ("Spring", "Summer", "Autumn", "Holiday", "Back to School", "Always-on", "Q1", "Q2", "Q3", "Q4")
FAMILY_SAFE = {"Low": True, "Medium": None, "High": False, "Floor": False}
NAMES = (
    "{quality} {topic} {medium} - {publisher}",
    "{publisher} {topic} {medium}",
    "{audience} | {medium} | {country}",
    "{season} {topic} {medium} PMP",
    "{exchange} {category} {medium} {quality}",
    "{topic} {medium} ({country})",
    "{topic} for {audience} - {medium}",
    "{publisher} and partners: {category} {medium}",
    "{country} {category} {medium}, {season}",
)


@dataclass(frozen=True, slots=True)
class DemoDeal:
    """A deal as a feed publishes it, and beside it the cell that it was drawn from: the truth to find."""

    deal: dict[str, Any]
    gold: str


@dataclass(frozen=True, slots=True)
class Channel:
    name: str
    owner: str
    country: str
    category: str
    domain: str


@dataclass(frozen=True, slots=True)
class Exchange:
    name: str
    app: tuple[str, ...] = ()
    site: tuple[str, ...] = ()
    dooh: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    tier1: str
    weight: int
    channels: tuple[str, ...]
    tier2: tuple[str, ...]
    concepts: tuple[str, ...]
    audiences: tuple[str, ...]
    demographic: str
    ratings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """A place where advertising shows, and the invented range of what a thousand showings cost at least."""

    weight: int
    format: str
    adtype: str
    inventory_type: str
    surface: str  # where an exchange says that it takes the ad type
    floor: tuple[float, float]
    names: tuple[str, ...]


SLOTS = (
    Slot(30, "video", "video", "ctv", "app", (14, 38), ("CTV", "Connected TV", "Streaming TV")),
    Slot(20, "video", "video", "websites", "site", (6, 16), ("Online Video", "OLV", "Pre-roll Video")),
    Slot(8, "video", "video", "apps", "app", (5, 14), ("In-App Video", "Mobile Video")),
    Slot(18, "display", "banner", "websites", "site", (0.8, 4), ("Display", "High-Impact Display")),
    Slot(6, "display", "banner", "apps", "app", (0.6, 3.5), ("In-App Display", "Mobile Banner")),
    Slot(10, "native", "native", "websites", "site", (1.5, 5), ("Native", "In-Feed Native")),
    Slot(8, "audio", "audio", "apps", "app", (6, 14), ("Audio", "Streaming Audio", "Podcast")),
)
QUALITY = {"Premium": 1.0, "Mid-tier": 0.6, "RON": 0.3}  # share of the slot's floor range


@dataclass(frozen=True, slots=True)
class Market:
    topics: tuple[Topic, ...]
    channels: dict[str, tuple[Channel, ...]]  # by tier 1
    exchanges: dict[Slot, tuple[Exchange, ...]]
    below: dict[str, tuple[str, ...]]  # names of the categories below a category's id


@dataclass(frozen=True, slots=True)
class Offer:
    """What was drawn, before it is written down as a feed would."""

    number: int
    topic: Topic
    tier2: str
    slot: Slot
    exchange: str
    channels: tuple[Channel, ...]
    quality: str


def generate_deals(count: int, seed: int = DEFAULT_SEED) -> list[DemoDeal]:
    return list(deals(count, seed))


def write_files(folder: Path, count: int, seed: int = DEFAULT_SEED) -> tuple[Path, Path]:
    """deals.jsonl, one deal a line, and gold.jsonl, its cell on the same line."""
    folder.mkdir(parents=True, exist_ok=True)
    deals_path, gold_path = folder / "deals.jsonl", folder / "gold.jsonl"
    with (
        deals_path.open("w", encoding="utf-8") as deal_lines,
        gold_path.open("w", encoding="utf-8") as gold_lines,
    ):
        for demo in deals(count, seed):
            print(json.dumps(demo.deal, ensure_ascii=False), file=deal_lines)
            print(json.dumps({"deal_id": demo.deal["deal_id"], "gold": demo.gold}), file=gold_lines)
    return deals_path, gold_path


def deals(count: int, seed: int) -> Iterator[DemoDeal]:
    chance = Random(seed)  # noqa: S311 - nothing secret: the same deals again
    for number in range(count):
        offer = draw(number, chance)
        yield DemoDeal(
            deal=written(offer, chance), gold=f"{offer.topic.tier1}/{offer.tier2}|{offer.slot.format}"
        )


def draw(number: int, chance: Random) -> Offer:
    market = load_market()
    topic = chance.choices(market.topics, [topic.weight for topic in market.topics])[0]
    slot = chance.choices(SLOTS, [slot.weight for slot in SLOTS])[0]
    listed = chance.choice(market.exchanges[slot]).name
    shown = market.channels[topic.tier1]
    return Offer(
        number=number,
        topic=topic,
        tier2=chance.choice(topic.tier2),
        slot=slot,
        exchange=UNLISTED_EXCHANGE if often(0.01, chance) else listed,
        channels=tuple(chance.sample(shown, min(len(shown), chance.randint(1, 4)))),
        quality=chance.choices(tuple(QUALITY), (5, 4, 1))[0],
    )


def written(offer: Offer, chance: Random) -> dict[str, Any]:
    """The plain form of an enriched feed. Like real feeds it does not always say everything."""
    audiences = some(offer.topic.audiences, chance, most=2)
    sold_in = {channel.country for channel in offer.channels} | set(MARKETS)
    countries = [] if often(0.5, chance) else sorted(sold_in)
    document = {
        "deal_id": str(100_000 + offer.number),
        "deal_name": name(offer, audiences, chance),
        "description": INVENTED,
        "version": 1,
        "source": chance.choice(SOURCES),
        "ssp_name": offer.exchange,
        "format": offer.slot.format,
        "inventory_type": offer.slot.inventory_type,
        "taxonomy": taxonomy(offer, chance),
        "concepts": some(offer.topic.concepts, chance, most=4),
        "safety": safety(offer, chance),
        "audience": audience(offer, audiences, chance),
        "commercial": commercial(offer, chance),
        "publishers": [channel.name for channel in offer.channels],
        "inventory": {"sitedomains": sorted({channel.domain for channel in offer.channels})},
        "countries": countries,
        **period(chance),
        **buyers(chance),
    }
    return {field: value for field, value in document.items() if value is not None}


def name(offer: Offer, audiences: list[str], chance: Random) -> str:
    return chance.choice(NAMES).format(
        quality="Run of Network" if offer.quality == "RON" else offer.quality,
        topic=offer.tier2,
        category=offer.topic.tier1,
        medium=chance.choice(offer.slot.names),
        publisher=offer.channels[0].name,
        audience=audiences[0],
        country=offer.channels[0].country,
        exchange=offer.exchange,
        season=chance.choice(SEASONS),
    )


def taxonomy(offer: Offer, chance: Random) -> dict[str, str] | None:
    if often(0.03, chance):
        return None  # nobody has classified it
    tiers = {"tier1": offer.topic.tier1, "tier2": offer.tier2}
    below = load_market().below.get(offer.tier2, ())
    return tiers | {"tier3": chance.choice(below)} if below and often(0.6, chance) else tiers


def audience(offer: Offer, audiences: list[str], chance: Random) -> dict[str, Any]:
    inferred = {"inferred_audience": audiences}
    return inferred | {"demographic_hint": offer.topic.demographic} if often(0.5, chance) else inferred


def safety(offer: Offer, chance: Random) -> dict[str, Any] | None:
    if often(0.04, chance):
        return None  # some feeds rate nothing
    rating = chance.choice(offer.topic.ratings)
    return {"garm_risk_rating": rating, "family_safe": FAMILY_SAFE[rating]}


def commercial(offer: Offer, chance: Random) -> dict[str, Any]:
    low, high = offer.slot.floor
    height = QUALITY[offer.quality] * chance.triangular(0, 1, 0.5)
    return {
        "quality_tier": offer.quality,
        "volume_tier": chance.choice(("High", "Medium", "Low")),
        "floor_price": round(low + (high - low) * height, 2),
        "currency": "USD",
        "inventory_scale": chance.randint(1, 400) * 50_000,
        "inventory_scale_type": "daily impressions",
    }


def period(chance: Random) -> dict[str, str]:
    start = FIRST_DAY + timedelta(days=chance.randrange(60))
    end = start + timedelta(days=chance.choice((180, 270, 365)))
    opening = {"start_time": f"{start}T00:00:00Z"}
    return opening | ({"end_time": f"{end}T23:59:59Z"} if often(0.85, chance) else {})


def buyers(chance: Random) -> dict[str, list[str]]:
    """Most deals are open to every seat."""
    if not often(0.1, chance):
        return {}
    return {"wseat": [f"seat-{number}" for number in sorted(chance.sample(range(1, 9), 3))]}


def some(words: tuple[str, ...], chance: Random, *, most: int) -> list[str]:
    return chance.sample(words, chance.randint(1, min(most, len(words))))


def often(share: float, chance: Random) -> bool:
    return chance.random() < share


@cache
def load_market() -> Market:
    channels = [Channel(**row) for row in rows("channels.json")]
    exchanges = [Exchange(**row) for row in rows("exchanges.json")]
    topics = tuple(Topic(**row) for row in rows("topics.json"))
    return Market(
        topics=topics,
        channels={
            topic.tier1: tuple(channel for channel in channels if channel.category in topic.channels)
            for topic in topics
        },
        exchanges={
            slot: tuple(each for each in exchanges if slot.adtype in getattr(each, slot.surface))
            for slot in SLOTS
        },
        below=names_below({tier2 for topic in topics for tier2 in topic.tier2}),
    )


def names_below(tier2: set[str]) -> dict[str, tuple[str, ...]]:
    categories = content_taxonomy().categories
    children = [
        (categories[each.parent_id].name, each.name) for each in categories.values() if each.parent_id
    ]
    return {above: tuple(name for parent, name in children if parent == above) for above in tier2}


def rows(file: str) -> list[dict[str, Any]]:
    text = (files("cli") / "data" / file).read_text("utf-8")
    return [
        {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
        for row in json.loads(text)
    ]
