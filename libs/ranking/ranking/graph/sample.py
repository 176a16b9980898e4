"""A made-up graph of deals, so that ranking data can be made where there are no deals yet."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Final, TypeVar

from ranking.graph.sample_themes import THEMES, Theme
from ranking.graph.sample_words import BEGINNINGS, ENDINGS, EVENTS, OWNERS, PLACES, REASONS, Place

PLATFORMS: Final = 60
SEED: Final = 7
SHARED: Final = 5  # one in so many platforms shares an add-on with another of its sector, and an event
ABROAD: Final = 5  # one in so many add-ons is in another region

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Company:
    """A platform or an add-on; `platforms` are those that an add-on belongs to."""

    node_id: str
    name: str
    sectors: tuple[str, ...]
    regions: tuple[str, ...]
    description: str
    founded: int
    employees: int
    owner: str
    platforms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Happening:
    event_id: str
    title: str
    platforms: str
    sector: str
    regions: str
    summary: str
    type: str
    year: int


@dataclass(frozen=True, slots=True)
class Dice:
    """They fall the same for the same seed and words, with every version of Python."""

    seed: int

    def below(self, limit: int, *words: object) -> int:
        text = "/".join(map(str, (self.seed, *words)))
        return int.from_bytes(sha256(text.encode()).digest()[:8]) % limit

    def one(self, of: Sequence[T], *words: object) -> T:
        return of[self.below(len(of), *words)]

    def shuffled(self, of: Sequence[T], *words: object) -> list[T]:
        order = sorted(range(len(of)), key=lambda place: self.below(2**63, *words, place))
        return [of[place] for place in order]


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a platform stands among the others: no two of the first two hundred do the same at one place."""

    number: int
    theme: Theme
    place: Place
    partner: int | None  # another platform of its sector with which it shares something

    @property
    def platforms(self) -> tuple[str, ...]:
        shared = () if self.partner is None else (self.partner,)
        return tuple(sorted(_id("P", number) for number in (self.number, *shared)))


def write_sample(folder: Path, platforms: int = PLATFORMS, seed: int = SEED) -> None:
    """platforms.json, add_ons.json and events.csv; what has these names there is replaced."""
    dice = Dice(seed)
    seats = _seats(dice, platforms)
    add_ons = [company for seat in seats for company in _add_ons(dice, seat)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "platforms.json").write_bytes(_json([_platform(dice, seat) for seat in seats]))
    (folder / "add_ons.json").write_bytes(_json(add_ons))
    (folder / "events.csv").write_bytes(_csv([event for seat in seats for event in _events(dice, seat)]))


def _seats(dice: Dice, platforms: int) -> list[Seat]:
    kinds = dice.shuffled(list(product(THEMES, PLACES)), "seats")
    taken = [kinds[number % len(kinds)] for number in range(platforms)]
    return [
        Seat(number, theme, place, _partner(number, [theme.sector for theme, _ in taken]))
        for number, (theme, place) in enumerate(taken)
    ]


def _partner(number: int, sectors: Sequence[str]) -> int | None:
    """The next platform of the same sector, for one in so many."""
    if number % SHARED:
        return None
    later = range(number + 1, len(sectors))
    return next((other for other in later if sectors[other] == sectors[number]), None)


def _platform(dice: Dice, seat: Seat) -> Company:
    key = ("platform", seat.number)
    name = f"{_family(dice, seat.number)} {seat.theme.trade}"
    city, country = dice.one(seat.place.sites, *key, "site")
    offer = dice.one(seat.theme.offers, *key, "offer")
    return Company(
        node_id=_id("P", seat.number),
        name=name,
        sectors=(seat.theme.sector,),
        regions=_regions(seat.place, country),
        description=f"{name} is a growing group in {seat.theme.business}: {offer}. It is led from {city}.",
        founded=1970 + dice.below(50, *key, "founded"),
        employees=80 + 10 * dice.below(150, *key, "employees"),
        owner=dice.one(OWNERS, *key, "owner"),
    )


def _add_ons(dice: Dice, seat: Seat) -> Iterator[Company]:
    crafts = dice.shuffled(seat.theme.crafts, "crafts", seat.number)
    wanted = 2 + dice.below(2, "add-ons", seat.number)
    for at, (trade, does) in enumerate(crafts[:wanted]):
        key = ("add-on", seat.number, at)
        place = seat.place if dice.below(ABROAD, *key, "abroad") else dice.one(PLACES, *key, "place")
        city, country = dice.one(place.sites, *key, "site")
        family = _family(dice, dice.below(len(BEGINNINGS) * len(ENDINGS), *key, "family"))
        yield Company(
            node_id=_id("A", 10 * seat.number + at),
            name=f"{family} {trade}",
            sectors=(seat.theme.sector,),
            regions=_regions(place, country),
            description=f"{family} {does}, from {city}. {dice.one(REASONS, *key, 'reason')}",
            founded=1950 + dice.below(70, *key, "founded"),
            employees=5 + dice.below(120, *key, "employees"),
            owner=dice.one(OWNERS, *key, "owner"),
            platforms=seat.platforms if at == 0 else _own(seat),
        )


def _events(dice: Dice, seat: Seat) -> Iterator[Happening]:
    wanted = 1 + dice.below(3, "events", seat.number)
    name = f"{_family(dice, seat.number)} {seat.theme.trade}"
    for at, (kind, what) in enumerate(dice.shuffled(EVENTS, "happens", seat.number)[:wanted]):
        key = ("event", seat.number, at)
        city, country = dice.one(seat.place.sites, *key, "site")
        yield Happening(
            event_id=_id("E", 10 * seat.number + at),
            title=f"{kind} of {name}",
            platforms=";".join(_own(seat)),
            sector=seat.theme.sector,
            regions=";".join(_regions(seat.place, country)),
            summary=f"In {city} a group in {seat.theme.business} {what}.",
            type=kind.lower(),
            year=2015 + dice.below(11, *key, "year"),
        )
    if seat.partner is not None:
        yield _meeting(dice, seat)


def _meeting(dice: Dice, seat: Seat) -> Happening:
    """Where two platforms meet."""
    city, country = dice.one(seat.place.sites, "meeting", seat.number)
    return Happening(
        event_id=_id("E", 10 * seat.number + 9),
        title=f"{seat.theme.sector} days of {city}",
        platforms=";".join(seat.platforms),
        sector=seat.theme.sector,
        regions=";".join(_regions(seat.place, country)),
        summary=f"A conference in {city} where groups in {seat.theme.business} meet lenders and sellers.",
        type="conference",
        year=2015 + dice.below(11, "meeting", seat.number, "year"),
    )


def _regions(place: Place, country: str) -> tuple[str, ...]:
    return (country,) if place.region == country else (place.region, country)


def _own(seat: Seat) -> tuple[str, ...]:
    return (_id("P", seat.number),)


def _family(dice: Dice, number: int) -> str:
    """The first hundred platforms have names of their own."""
    return _families(dice)[number % (len(BEGINNINGS) * len(ENDINGS))]


@lru_cache(maxsize=8)
def _families(dice: Dice) -> tuple[str, ...]:
    return tuple(map("".join, dice.shuffled(list(product(BEGINNINGS, ENDINGS)), "families")))


def _id(letter: str, number: int) -> str:
    return f"{letter}{number:05}"


def _json(companies: Sequence[Company]) -> bytes:
    values = [{name: value for name, value in asdict(one).items() if value != ()} for one in companies]
    return (json.dumps(values, indent=2, ensure_ascii=False) + "\n").encode()


def _csv(happenings: Sequence[Happening]) -> bytes:
    file = io.StringIO()
    writer = csv.DictWriter(file, [field.name for field in fields(Happening)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(asdict, happenings))
    return file.getvalue().encode()
