"""The answer to write_queries: what people would type who look for entries like these."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from pydantic import ValidationError

from simulator.deals import Section, Text, Texts
from simulator.products import WORD, words
from simulator.question import BadQuestion, Question

WANTED: Final = re.compile(r"\bexactly (\d+) quer", re.IGNORECASE)
SLOT: Final = re.compile(r"\{(topic|place|medium|audience|condition|word)(\d?)\}")
TOPIC: Final = re.compile(r"^tier|topic|theme|genre|category|industry|vertical|concept", re.IGNORECASE)
MEDIUM: Final = re.compile("format|inventory|medi(a|um)|device|channel", re.IGNORECASE)
AUDIENCE: Final = re.compile("audience|demographic", re.IGNORECASE)
CONDITION: Final = re.compile("safety|quality|volume", re.IGNORECASE)
MOST_VALUES: Final = 4
LONGEST_PHRASE: Final = 5  # words
MOST_WORDS: Final = 20
MOST_TURNS: Final = 6  # through all ways to ask, each time with other words
ALIKE: Final = 0.7  # share of words of two queries, or of a name in a query
LONG_WORD: Final = 5
MANY: Final = 3

# People have words of their own; the first way is the catalogue's, said more often than the others.
OWN_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "app": ("app", "in-app", "mobile app"),
    "audio": ("audio", "podcast and radio"),
    "banner": ("banner", "display"),
    "ctv": ("ctv", "connected TV", "streaming TV"),
    "dooh": ("dooh", "digital out of home", "outdoor screens"),
    "native": ("native", "in-feed"),
    "site": ("site", "web"),
    "video": ("video", "video ads", "pre-roll"),
    "family safe": ("family safe", "suitable for families"),
    "low risk": ("low risk", "brand safe"),
    "premium": ("premium", "top quality"),
    "mid-tier": ("mid-tier", "decent quality"),
    "ron": ("run of network",),
    "high": ("high volume", "large scale"),
    "medium": ("medium volume",),
    "low": ("low volume", "niche"),
    "automotive": ("automotive", "cars"),
    "food and drink": ("food and drink", "cooking"),
    "sports": ("sports", "sport"),
    "travel": ("travel", "holidays"),
    "usa": ("USA", "the United States"),
    "gbr": ("GBR", "the UK"),
    "deu": ("DEU", "Germany"),
    "fra": ("FRA", "France"),
    "can": ("CAN", "Canada"),
    "esp": ("ESP", "Spain"),
    "ita": ("ITA", "Italy"),
    "jpn": ("JPN", "Japan"),
}
WAYS: Final = (
    "{topic} {topic2} {medium}",
    "{topic} {word} {place}",
    "{medium} around {topic} in {place}",
    "where do I reach {audience} who like {topic}?",
    "we sell to {audience} and want to be close to {topic}, {condition} please",
    "{place}: {topic} for {audience}",
    "looking for {condition} {medium} about {topic} and {word}",
    "our next campaign is about {topic} and {topic2}, on {medium}",
    "is there {medium} on {topic} with {word} in {place}?",
    "{topic}, above all {word} and {word2}",
    "who in {place} has to do with {word} and {word2}?",
    "{word} {word2} {topic} {place}",
    "we look for {topic} that is about {word}, best in {place}",
    "{topic} but only {condition}",
    "new client needs {topic} in {place}, {condition}",
    "{audience} {topic} {medium}",
    "{topic} with {word}",
    "who does {topic} and {word} for {audience}?",
    "{condition} {topic} {word} {word2}",
)
PLAIN_WAYS: Final = (
    "{topic} {medium}",
    "anything on {topic}",
    "I need {topic} in {place}",
    "{word} {word2}",
    "{medium} with {word}, {condition}",
    "more about {word} in {place}",
)


class Member(Section):
    name: Text = ""
    sectors: Texts = ()
    regions: Texts = ()
    attributes: Texts = ()
    snippet: Text = ""

    def said_of(self, kind: re.Pattern[str]) -> Iterator[str]:
        for attribute in self.attributes:
            name, _, value = attribute.partition(":")
            if kind.search(name) and 0 < len(value.split()) <= LONGEST_PHRASE:
                yield _plain(value)


@dataclass(frozen=True, slots=True)
class Need:
    """What somebody who looks for these members has in mind, the most common first."""

    topic: Sequence[str]
    place: Sequence[str]
    medium: Sequence[str]
    audience: Sequence[str]
    condition: Sequence[str]
    word: Sequence[str]

    @classmethod
    def of(cls, members: Sequence[Member]) -> Self:
        told = (
            _topics(members),
            _common(member.regions for member in members),
            _common(member.said_of(MEDIUM) for member in members),
            _common(member.said_of(AUDIENCE) for member in members),
            _common(member.said_of(CONDITION) for member in members),
        )
        said = words(*(value for values in told for value in values), *(member.name for member in members))
        own = [frozenset(_own_words(member.snippet, said)) for member in members]
        return cls(*told, _common(words_of - _boilerplate(own) for words_of in own))

    def values(self, slot: str) -> Sequence[str]:
        found: Sequence[str] = getattr(self, slot)
        return found


def write_queries(question: Question) -> dict[str, Any]:
    wanted, members = _wanted(question), _members(question)
    need, seed = Need.of(members), _seed(members)
    names = [words(member.name) for member in members]
    queries: list[str] = []
    for query in _asked(need, seed):
        if len(queries) == wanted:
            break
        if _is_new(query, [*names, *map(words, queries)]):
            queries.append(query)
    missing = range(len(queries), wanted)  # little is known of the members: somebody asks all the same
    return {"queries": [*queries, *(f"advertising, idea {number + 1} of {seed[:6]}" for number in missing)]}


def _wanted(question: Question) -> int:
    said = WANTED.search(question.user)
    if said is None:
        raise BadQuestion('write_queries says how many queries it wants: "Write exactly 3 queries."')
    return int(said[1])


def _members(question: Question) -> list[Member]:
    try:
        return [Member.model_validate(item) for item in question.items("members")]
    except ValidationError as error:
        raise BadQuestion(f"a member is an object: {error.errors()[0]['msg']}") from error


def _seed(members: Sequence[Member]) -> str:
    """The same for the same members, in whichever order."""
    told = sorted(json.dumps(member.model_dump(), sort_keys=True) for member in members)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _asked(need: Need, seed: str) -> Iterator[str]:
    for ways in (WAYS, PLAIN_WAYS):
        ordered = sorted(ways, key=lambda way: _number(seed, way))
        for turn in range(MOST_TURNS):
            for way in ordered:
                slots = SLOT.findall(way)
                if all(len(need.values(kind)) >= int(place or 1) for kind, place in slots):
                    yield SLOT.sub(lambda slot: _own_word(need, slot, turn, f"{seed}:{way}"), way)  # noqa: B023 - called at once


def _own_word(need: Need, slot: re.Match[str], turn: int, seed: str) -> str:
    values = need.values(slot[1])
    value = values[(turn + int(slot[2] or 1) - 1) % len(values)]
    ways = OWN_WORDS.get(value.casefold(), (value,))
    return (ways[0], *ways)[_number(seed, f"{turn}:{value}") % (len(ways) + 1)]


def _number(seed: str, text: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}:{text}".encode()).digest()[:8])


def _is_new(query: str, taken: Iterable[frozenset[str]]) -> bool:
    own = words(query)
    return len(query.split()) <= MOST_WORDS and all(
        len(own & other) < ALIKE * len(other) for other in taken if other
    )


def _topics(members: Sequence[Member]) -> list[str]:
    """Subjects before sectors: they say more."""
    subjects = _common(member.said_of(TOPIC) for member in members)
    sectors = _common(map(_plain, member.sectors) for member in members)
    return list(dict.fromkeys([*subjects, *sectors]))[:MOST_VALUES]


def _common(told: Iterable[Iterable[str]]) -> list[str]:
    counts = Counter(value for values in told for value in set(values) if value)
    return sorted(counts, key=lambda value: (-counts[value], value))[:MOST_VALUES]


def _boilerplate(texts: Sequence[frozenset[str]]) -> frozenset[str]:
    """What is in each of many texts says nothing of any."""
    return frozenset.intersection(*texts) if len(texts) >= MANY else frozenset()


def _own_words(text: str, said: frozenset[str]) -> Iterator[str]:
    for word in WORD.findall(text.casefold()):
        if len(word) >= LONG_WORD and word.isalpha() and not words(word) <= said:
            yield word


def _plain(value: str) -> str:
    return " ".join(value.casefold().replace("&", " and ").replace(",", " ").split())
