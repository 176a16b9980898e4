"""The words that deal feeds use for one thing, and the one word that Assort uses."""

import unicodedata
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field

WITHOUT_MINOR_UNIT: Final = frozenset(
    "BIF CLP DJF GNF JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split()  # noqa: SIM905 - a list of codes
)
WITH_THREE_DIGITS: Final = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})


def minor_digits(currency: str) -> int:
    """After the decimal point; of a currency that is not said, two."""
    if currency in WITHOUT_MINOR_UNIT:
        return 0
    return 3 if currency in WITH_THREE_DIGITS else 2


class AdType(StrEnum):
    """What is shown; `code` is the number of the IAB Deals API."""

    BANNER = "banner"
    VIDEO = "video"
    AUDIO = "audio"
    NATIVE = "native"

    @property
    def code(self) -> int:
        return list(AdType).index(self) + 1


class InventoryType(StrEnum):
    """Where it is shown. CTV has no number in the Deals API: there it is a device type."""

    SITE = "site"
    APP = "app"
    DOOH = "dooh"
    AUDIO = "audio"
    ENDEMIC = "endemic"
    OTHER = "other"
    CTV = "ctv"

    @property
    def code(self) -> int | None:
        return None if self is InventoryType.CTV else list(InventoryType).index(self) + 1


class PriceType(StrEnum):
    """How the price forms; `code` is the number of the IAB Deals API."""

    DYNAMIC = "dynamic"
    FIRST = "first"
    SECOND = "second"
    FIXED = "fixed"

    @property
    def code(self) -> int:
        return list(PriceType).index(self)


AD_TYPE_WORDS: Mapping[str, AdType] = {
    "display": AdType.BANNER,
    "ctv": AdType.VIDEO,  # video on a television: the inventory keeps the television
    **{str(kind.code): kind for kind in AdType},
}
INVENTORY_WORDS: Mapping[str, InventoryType] = {
    "sites": InventoryType.SITE,
    "website": InventoryType.SITE,
    "websites": InventoryType.SITE,
    "web": InventoryType.SITE,
    "apps": InventoryType.APP,
    **{str(kind.code): kind for kind in InventoryType if kind.code is not None},
}
PRICE_TYPE_WORDS: Mapping[str, PriceType] = {
    "first price": PriceType.FIRST,
    "second price": PriceType.SECOND,
    "second price plus": PriceType.SECOND,
    "second plus": PriceType.SECOND,
    "fixed price": PriceType.FIXED,
    **{str(kind.code): kind for kind in PriceType},
}
QUALITY_TIERS = ("Premium", "Mid-tier", "RON")
VOLUME_TIERS = ("High", "Medium", "Low")


def plain(word: object) -> str:
    """A word without the differences that mean nothing."""
    return " ".join(str(word).casefold().replace("_", " ").replace("-", " ").split())


def without_null_characters(text: str) -> str:
    if "\x00" in text:
        raise ValueError("holds a null character")
    return unicodedata.normalize("NFC", text)


def as_text(value: Any) -> Any:
    """Numbers serve as names and ids in many feeds; true and 3.5 are neither."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def as_list(value: Any) -> Any:
    return [value] if isinstance(value, str | int) else value


def not_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("is true or false where a number belongs")  # noqa: TRY004 - pydantic wants ValueError
    return value


def in_order(texts: tuple[str, ...]) -> tuple[str, ...]:
    """These lists are sets: one order, none twice."""
    return tuple(sorted(set(texts)))


def country(code: str) -> str:
    known = countries()
    found = known.get(code.upper())
    if found is None:
        raise ValueError(f"{code!r} is no ISO 3166 country")
    return found


def domain(text: str) -> str:
    return text.lower().removesuffix(".")


def spelled_like(known: Iterable[str]) -> BeforeValidator:
    """Known words in their known spelling; any other word stays as it is."""
    spelling = {plain(word): word for word in known}
    return BeforeValidator(
        lambda value: spelling.get(plain(value), value) if isinstance(value, str) else value
    )


@cache
def countries() -> Mapping[str, str]:
    """Alpha-3 code by alpha-2 and by alpha-3 code."""
    rows = (files("contracts") / "data" / "countries.tsv").read_text("utf-8").splitlines()
    pairs = [row.split("\t") for row in rows]
    return {code: alpha3 for alpha2, alpha3 in pairs for code in (alpha2, alpha3)}


Text = Annotated[
    str,
    BeforeValidator(as_text),
    AfterValidator(without_null_characters),
    Field(min_length=1, max_length=2_000, strict=False),
]
Domain = Annotated[
    str, AfterValidator(domain), Field(max_length=253, pattern=r"(?i)^[a-z0-9_-]+(\.[a-z0-9_-]+)+\.?$")
]
Number = Annotated[float, BeforeValidator(not_boolean), Field(ge=0, le=1e15)]
Whole = Annotated[int, BeforeValidator(not_boolean), Field(ge=0, le=2**53)]
Country = Annotated[str, AfterValidator(country)]
Currency = Annotated[str, AfterValidator(str.upper), Field(pattern=r"(?i)^[a-z]{3}$")]
Texts = Annotated[
    tuple[Text, ...], BeforeValidator(as_list), AfterValidator(in_order), Field(max_length=5_000)
]
Domains = Annotated[
    tuple[Domain, ...], BeforeValidator(as_list), AfterValidator(in_order), Field(max_length=5_000)
]
Countries = Annotated[
    tuple[Country, ...], BeforeValidator(as_list), AfterValidator(in_order), Field(max_length=300)
]
