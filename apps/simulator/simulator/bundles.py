"""The answer to the question for names of bundles: by what their products are called."""

from typing import Any, Final

from simulator.question import BadQuestion, Question

ENDINGS: Final = {"FBT": "together", "FIXED": "set", "MIX_MATCH": "selection"}


def describe_bundles(question: Question) -> dict[str, Any]:
    told: list[dict[str, str]] = []
    taken: set[str] = set()
    for bundle in question.items("bundles"):
        try:
            products = [str(name) for name in bundle["products"]]
            bundle_id, ending = str(bundle["bundle_id"]), ENDINGS.get(bundle["type"], "bundle")
        except (KeyError, TypeError) as error:
            raise BadQuestion(f"a bundle has bundle_id, type and products: {error}") from error
        name = f"{_head(products[0])} and {_head(products[1])} {ending}"
        name = name if name.casefold() not in taken else f"{name} {bundle_id}"
        taken.add(name.casefold())
        told.append({"bundle_id": bundle_id, "name": name, "description": f"{', '.join(products)}."})
    return {"bundles": told}


def _head(product: str) -> str:
    return " ".join(product.split()[:3])[:60]
