"""Queries by rule, for where no model answers; and stubs, for a dry run."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from contracts.event import canonical
from contracts.ranking import QueryRules
from ranking.candidate import MiniCluster
from ranking.facts import Facts, Traits
from ranking.queries import Names
from ranking.words import WORD, overlap, words

__all__ = ["Facts", "fallback_queries", "stub_queries"]

FEWEST_WORDS: Final = 2
MOST_WORDS: Final = 20
MOST_TURNS: Final = 8  # each with other values
SLOT: Final = re.compile(r"\{(sector|region|medium|audience|trait|word)(\d?)\}")

# What says much comes first; what says little is for clusters of which little is known.
RICH: Final = (
    "{sector} {medium} in {region}, {trait}",
    "{medium} for {audience}, {sector}",
    "{audience} interested in {word} and {sector}",
    "looking for {sector} and {sector2} with {trait} in {region}",
    "{sector} {word} {medium} in {region}",
    "{sector} about {word} and {word2}",
    "we need {sector} around {word} for {audience}",
    "{region} {sector} {word} {word2}",
    "{trait} {sector} {medium} with {word}",
    "where can I find {trait} {sector} with {word}?",
    "{word} {word2} {word3} {sector}",
    "{sector}, {trait} and {trait2}, for {audience}",
    "something in {sector} that is about {word} and {word2}",
    "{medium} campaign for {audience} in {region}, {sector}, {trait}",
    "good ways to reach {audience} who care about {sector} and {word}",
    "{sector} and {sector2} in {region} with {word}",
    "what is there in {region}? {sector}, {trait}",
    "{sector}, {sector2}, {trait}, {medium}",
    "I need {medium} close to {sector}, {word} and {word2}",
    "I want to reach {audience} with {medium} about {sector}",
    "{trait} {sector} in {region} or {region2}",
    "{sector} {sector2} {medium}",
    "who does {word} or {word2} in {region}?",
    "{sector} in {region}: {word}, {word2}, {word3}",
    "we look for {sector} and {word}, {region} or {region2}",
)
LEAN: Final = (
    "{sector} with {trait}",
    "{sector} for {audience}",
    "{sector} in {region}",
    "{sector} and {sector2}",
    "{sector} with a focus on {word}",
    "{word} and {word2} in {region}",
    "{trait} {medium} with {word}",
    "who offers {word} and {word2}?",
    "{trait} and {trait2} for {audience}",
    "{medium} in {region}, {trait}",
)
STUBS: Final = (
    "stub {number}: {sector} {region} {word}",
    "stub {number}: {sector} {sector2} {medium}",
    "stub {number}: {sector} {trait} {word}",
    "stub {number}: {sector} {word} {word2}",
    "stub {number}: {sector} {audience} {trait}",
    "stub {number}: {sector} {region} {medium}",
)
LEAN_STUBS: Final = (
    "stub {number}: {word} {word2} {word3}",
    "stub {number}: {sector} {region}",
    "stub {number}: {sector} {trait}",
    "stub {number}: {trait} {trait2}",
    "stub {number}: {sector}",
)


def fallback_queries(cluster: MiniCluster, facts: Facts, count: int) -> tuple[str, ...]:
    """As many that differ as asked for; fewer where little is known of the cluster. None copies a name."""
    return _sound(_filled((RICH, LEAN), cluster, facts), cluster, facts, count)


def stub_queries(cluster: MiniCluster, facts: Facts, count: int) -> tuple[str, ...]:
    """The same, and anybody sees that they are stubs."""
    return _sound(_filled((STUBS, LEAN_STUBS), cluster, facts), cluster, facts, count)


def _sound(texts: Iterator[str], cluster: MiniCluster, facts: Facts, count: int) -> tuple[str, ...]:
    names, kept = facts.names_of(cluster), dict[str, frozenset[str]]()
    for text in texts:
        if len(kept) >= count:
            break
        said = words(text)
        if _is_sound(text, said, kept.values(), names, facts.rules):
            kept[text] = said
    return tuple(kept)


def _is_sound(
    text: str, said: frozenset[str], kept: Iterable[frozenset[str]], names: Names, rules: QueryRules
) -> bool:
    return (
        len(said) >= max(FEWEST_WORDS, rules.min_words)
        and len(WORD.findall(text)) <= MOST_WORDS
        and len(text) <= rules.max_characters
        and names.copied(said, rules.name_overlap) is None
        and all(overlap(said, each) < rules.duplicate_overlap for each in kept)
    )


def _filled(groups: Sequence[Sequence[str]], cluster: MiniCluster, facts: Facts) -> Iterator[str]:
    """Every pattern with the most telling values, then with others; each cluster in an order of its own."""
    seed = hashlib.sha256(canonical([cluster.cluster_id, sorted(cluster.members)])).hexdigest()
    traits, number = facts.traits_of(cluster), 0
    for patterns in groups:
        ordered = sorted(patterns, key=lambda pattern: _shuffled(seed, pattern))
        for turn in range(MOST_TURNS):
            for pattern in ordered:
                if text := _fill(pattern, traits, turn, number + 1):
                    number += 1
                    yield text


def _shuffled(seed: str, pattern: str) -> bytes:
    return hashlib.sha256(f"{seed}:{pattern}".encode()).digest()


def _fill(pattern: str, traits: Traits, turn: int, number: int) -> str:
    """Empty if the cluster has less than the pattern wants."""
    slots = SLOT.findall(pattern)
    wanted = Counter(str(kind) for kind, _ in slots)
    values = {kind: traits.of(kind) for kind in wanted}
    if any(len(values[kind]) < needed for kind, needed in wanted.items()):
        return ""

    def value(slot: re.Match[str]) -> str:
        known, place = values[slot[1]], int(slot[2] or 1) - 1
        return known[(turn * wanted[slot[1]] + place) % len(known)]

    return SLOT.sub(value, pattern.replace("{number}", str(number)))
