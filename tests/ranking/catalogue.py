"""A small catalogue: clusters that differ, with members that have something in common."""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ranking.candidate import Candidate, Collection, MiniCluster
from ranking.lexical import WordEncoder

CORE: Final = 4
AROUND: Final = 6
THEMES: Final = (
    ("Automotive", "Sedans", "DEU", "ctv", "engines gearbox chassis motor drivers roads", "Kestrel Motion"),
    (
        "Food & Drink",
        "Cooking",
        "USA",
        "site",
        "recipes kitchens desserts baking spices meals",
        "Larder Lane",
    ),
    ("Sports", "Football", "GBR", "audio", "matches leagues fans stadium goals referees", "Terrace Voices"),
    ("Travel", "Beaches", "ESP", "video", "islands hotels flights sunshine cruises tours", "Wander Post"),
)


def candidate(number: int, theme: int) -> Candidate:
    sector, subject, region, medium, words, house = THEMES[theme]
    rotated = words.split()[number % 3 :]
    return Candidate(
        candidate_id=f"{theme}/{number:02}",
        name=f"{house} Number {number}",
        text=f"{house} Number {number}. {sector} {subject} {medium} {region} {' '.join(rotated)}",
        sectors=(sector,),
        regions=(region,),
        attributes=(
            f"tier2: {subject}",
            f"format: {medium}",
            "quality: Premium",
            f"audience: {subject} lovers",
        ),
        snippet=f"{house} speaks of {', '.join(rotated)}.",
    )


def cluster(theme: int, *, core: int = CORE, around: int = AROUND) -> MiniCluster:
    ids = [f"{theme}/{number:02}" for number in range(core + around)]
    return MiniCluster(
        cluster_id=f"package-{theme}",
        name=f"{THEMES[theme][-1]} Selection",
        home=f"home-{theme}",
        core=tuple(ids[:core]),
        around=tuple(ids[core:]),
    )


def collection(*, core: int = CORE, around: int = AROUND) -> Collection:
    everyone = [candidate(number, theme) for theme in range(len(THEMES)) for number in range(core + around)]
    texts = [each.text for each in everyone]
    return Collection(
        candidates=tuple(everyone),
        clusters=tuple(cluster(theme, core=core, around=around) for theme in range(len(THEMES))),
        vectors=WordEncoder.of(texts).encode(texts),
        model=WordEncoder.model,
    )


def shuffled(there: MiniCluster, seed: int) -> MiniCluster:
    return replace(there, core=_shuffled(there.core, seed), around=_shuffled(there.around, seed))


def _shuffled(ids: Sequence[str], seed: int) -> tuple[str, ...]:
    return tuple(random.Random(seed).sample(list(ids), len(ids)))  # noqa: S311 - an order, no secret
