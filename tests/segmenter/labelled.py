"""Real names with labels that people gave them, where the data are there."""

import json
import random
import re
from collections.abc import Mapping
from pathlib import Path

from contracts.product import Product

DATA = Path(__file__).parents[3] / "shared" / "data"
CLINC = DATA / "clinc150"
GOOGLE = DATA / "google_taxonomy" / "taxonomy-with-ids.en-US.txt"
LINE = re.compile(r"^( *)(\d+) \| \[[^\]]*\] \| (.+)$")
WIDTH = 4


def clinc_intents(count: int) -> dict[str, str]:
    """Utterances and their intents; those that have none are out of scope."""
    read = json.loads((CLINC / "data_full.json").read_text("utf-8"))
    labels = dict(read["test"]) | {text: "out_of_scope" for text, _ in read["oos_val"]}
    return _some(labels, count)


def clinc_domains(count: int) -> dict[str, str]:
    domain_of = {
        intent: domain
        for domain, intents in json.loads((CLINC / "domains.json").read_text("utf-8")).items()
        for intent in intents
    }
    return {name: domain_of.get(intent, intent) for name, intent in clinc_intents(count).items()}


def google(count: int) -> dict[str, str]:
    """Categories of products, labelled by the root that they are below."""
    labels: dict[str, str] = {}
    root = ""
    for line in GOOGLE.read_text("utf-8").splitlines():
        if found := LINE.match(line):
            if len(found[1] + found[2]) <= WIDTH:  # of a number; each level is two further in
                root = found[3].strip()
            else:
                labels.setdefault(found[3].strip(), root)
    return _some(labels, count)


def products_of(labels: Mapping[str, str]) -> list[Product]:
    return [Product(product_id=number, name=name) for number, name in enumerate(sorted(labels))]


def _some(labels: Mapping[str, str], count: int) -> dict[str, str]:
    chosen = random.Random(1).sample(sorted(labels), min(count, len(labels)))  # noqa: S311 - no secret
    return {name: labels[name] for name in chosen}
