"""Real texts as vectors, and what is known of them."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cli.demo_data import generate_deals
from clustering import Vectors
from contracts.deal import read_deal
from contracts.event import canonical
from encoder import EncoderSettings, load_encoder, text_of

CLINC = Path(__file__).parents[3] / "shared" / "data" / "clinc150" / "data_full.json"
FOREIGN = {"test": ("oos_train", "oos_val"), "val": ("oos_test",)}


@dataclass(frozen=True, slots=True)
class Labelled:
    vectors: Vectors
    labels: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Clinc:
    """Questions of 150 intents in 10 domains, and 200 that have none of these intents."""

    intents: Labelled
    domains: Labelled
    out_of_scope: Vectors


def demo_deals(count: int) -> Labelled:
    """In the order of their ids, as services sort them; labels are the cells they were drawn from."""
    drawn = [(read_deal(canonical(demo.deal)), demo.gold) for demo in generate_deals(count)]
    drawn.sort(key=lambda pair: pair[0].item_id)
    return Labelled(_encoded([text_of(deal) for deal, _ in drawn]), _numbered([gold for _, gold in drawn]))


def clinc(part: str = "test", every: int = 1) -> Clinc:
    """Of `test` 4,500 questions, of `val` 3,000, or one of so many."""
    read = json.loads(CLINC.read_text(encoding="utf-8"))
    texts, intents = zip(*read[part][::every], strict=True)
    foreign = [text for name in FOREIGN[part] for text, _ in read[name]][:200:every]
    domain_of = _domain_of()
    vectors = _encoded(list(texts))
    return Clinc(
        Labelled(vectors, _numbered(list(intents))),
        Labelled(vectors, _numbered([domain_of[intent] for intent in intents])),
        _encoded(foreign),
    )


def _domain_of() -> dict[str, str]:
    domains = json.loads(CLINC.with_name("domains.json").read_text(encoding="utf-8"))
    return {intent: domain for domain, intents in domains.items() for intent in intents}


def _encoded(texts: list[str]) -> Vectors:
    return load_encoder(EncoderSettings(threads=1)).encode(texts)


def _numbered(names: list[str]) -> NDArray[np.intp]:
    return np.unique(np.array(names), return_inverse=True)[1].astype(np.intp)
