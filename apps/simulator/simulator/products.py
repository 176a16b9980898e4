"""Products and categories of them as a prompt shows them, and the words that they have."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Final, TypeVar

from pydantic import BeforeValidator, ValidationError

from simulator.deals import Number, Section, Text, Texts
from simulator.question import BadQuestion, Question

KIND: Final = re.compile(r"^The kind of products: *(.*?) *$", re.MULTILINE)
WORD: Final = re.compile(r"[^\W_]+")
NUMBER: Final = re.compile(r"^\W*[A-Za-z]+_(\d+)$")
SHORTEST_PLURAL: Final = 4
SHORTEST_WORD: Final = 3
# They say nothing about what a thing is.
EMPTY_WORDS: Final = frozenset(
    (  # noqa: SIM905 - one word per line would fill a screen and say no more
        "all and any are for from into its new not one other our pack per pro set such that the their this"
        " two use with without you your"
    ).split()
)


def _texts_of(value: object) -> dict[str, str]:
    entries = value.items() if isinstance(value, dict) else ()
    return {str(name): text for name, text in entries if isinstance(text, str)}


class Product(Section):
    id: str
    name: Text = ""
    brand: Text = ""
    category: Text = ""
    description: Text = ""
    features: Texts = ()
    attributes: Annotated[Mapping[str, str], BeforeValidator(_texts_of)] = {}
    current: Text = ""

    @property
    def name_words(self) -> frozenset[str]:
        """What its name says beside the brand."""
        return words(self.name) - words(self.brand)

    @property
    def all_words(self) -> frozenset[str]:
        return words(self.name, self.category, self.description, *self.features, *self.attributes.values())


class Category(Section):
    id: str
    category_name: Text = ""
    definition: Text = ""
    product_count: Number = 0

    @property
    def all_words(self) -> frozenset[str]:
        return words(self.category_name, self.definition)


Listed = TypeVar("Listed", Product, Category)


def read_products(question: Question) -> list[Product]:
    return _read(question, "products", Product)


def read_categories(question: Question, name: str) -> list[Category]:
    return _read(question, name, Category)


def kind_of(question: Question) -> str:
    """The kind of products that is asked about; empty: the question does not say."""
    found = KIND.search(question.user)
    return found[1] if found else ""


def words(*texts: str) -> frozenset[str]:
    """The words of texts in one form; short and empty ones do not count."""
    found = (_singular(word) for text in texts for word in WORD.findall(text.casefold()))
    return frozenset(
        word
        for word in found
        if len(word) >= SHORTEST_WORD and word not in EMPTY_WORDS and not word.isdecimal()
    )


def same_name(name: str) -> str:
    """What two spellings of one name have in common."""
    return " ".join(_singular(word) for word in WORD.findall(name.casefold()))


def in_order(ids: Iterable[str]) -> list[str]:
    """P_2 before P_10."""
    return sorted(ids, key=_place)


def _read(question: Question, name: str, kind: type[Listed]) -> list[Listed]:
    """In the order of their ids; what is listed twice counts once."""
    try:
        listed: Sequence[Listed] = [kind.model_validate(item) for item in question.items(name)]
    except ValidationError as error:
        raise BadQuestion(f"a line of {name!r} has no id: {error.errors()[0]['msg']}") from error
    known = {each.id: each for each in reversed(listed)}
    return [known[each] for each in in_order(known)]


def _place(text: str) -> tuple[int, str]:
    found = NUMBER.match(text)
    return (int(found[1]) if found else -1, text)


def _singular(word: str) -> str:
    plural = len(word) >= SHORTEST_PLURAL and word.endswith("s") and not word.endswith("ss")
    return word[:-1] if plural else word
