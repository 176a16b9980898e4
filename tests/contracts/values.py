"""Values that a schema allows, for property tests: the part of JSON Schema that contracts use."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from contracts import Entity
from contracts.terms import countries
from contracts.tools.snapshots import schema_of

Schema = dict[str, Any]
Values = st.SearchStrategy[Any]

MANY = 4  # enough to find what goes wrong with several
BIG = 2**53
DOMAINS = st.sampled_from(["brand.example", "Seller.EXAMPLE.", "a-b.c_d.example"])
# What the schema does not say: validators in code are stricter.
KNOWN: dict[str, Values] = {
    "countries": st.lists(st.sampled_from(sorted(countries())), max_size=MANY),
    "cur": st.sampled_from(["EUR", "usd", None]),
    "seller": DOMAINS | st.none(),
    "curator": DOMAINS | st.none(),
    "wadomain": st.lists(DOMAINS, max_size=MANY),
    "sitedomains": st.lists(DOMAINS, max_size=MANY),
}
FORMATS: dict[str, Values] = {
    "uuid": st.uuids().map(str),
    "date": st.dates().map(str),
    "date-time": st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()),
}


def documents(model: type[Entity]) -> Values:
    """Values as somebody could write them; not all of them keep the rules between fields."""
    schema = schema_of(model, model.__name__)
    return values(schema, schema.get("$defs", {}))


def values(schema: Schema, parts: dict[str, Schema]) -> Values:
    if "$ref" in schema:
        return values(parts[schema["$ref"].rpartition("/")[2]], parts)
    if "anyOf" in schema:
        return st.one_of([values(option, parts) for option in schema["anyOf"]])
    if "const" in schema or "enum" in schema:
        return st.sampled_from([schema["const"]] if "const" in schema else schema["enum"])
    if schema["type"] in ("object", "array"):
        return {"object": objects, "array": arrays}[schema["type"]](schema, parts)
    return PLAIN[schema["type"]](schema)


def objects(schema: Schema, parts: dict[str, Schema]) -> Values:
    if "properties" not in schema:
        return st.dictionaries(texts(1, MANY), values(schema["additionalProperties"], parts), max_size=MANY)
    fields = {
        name: KNOWN[name] if name in KNOWN else values(field, parts)
        for name, field in schema["properties"].items()
    }
    required = schema.get("required", ())
    return st.fixed_dictionaries(
        {name: field for name, field in fields.items() if name in required},
        optional={name: field for name, field in fields.items() if name not in required},
    )


def arrays(schema: Schema, parts: dict[str, Schema]) -> Values:
    if "prefixItems" in schema:
        return st.tuples(*(values(part, parts) for part in schema["prefixItems"])).map(list)
    least = schema.get("minItems", 0)
    most = min(schema.get("maxItems", MANY), least + MANY)
    return st.lists(values(schema["items"], parts), min_size=least, max_size=most)


def strings(schema: Schema) -> Values:
    if "format" in schema:
        return FORMATS[schema["format"]]
    if "pattern" in schema:
        return st.from_regex(schema["pattern"], fullmatch=True)
    return texts(schema.get("minLength", 0), schema.get("maxLength", 20))


def texts(least: int, most: int) -> Values:
    signs = st.characters(codec="utf-8", exclude_characters="\x00")
    return st.text(signs, min_size=least, max_size=min(most, least + 20))


def integers(schema: Schema) -> Values:
    return st.integers(schema.get("minimum", -BIG), min(schema.get("maximum", BIG), BIG))


def numbers(schema: Schema) -> Values:
    return st.floats(
        schema.get("minimum"),
        schema.get("maximum"),
        allow_nan=False,
        allow_infinity=False,
    ) | st.integers(int(schema.get("minimum", 0)), int(schema.get("maximum", BIG)))


PLAIN: dict[str, Callable[[Schema], Values]] = {
    "string": strings,
    "integer": integers,
    "number": numbers,
    "boolean": lambda _: st.booleans(),
    "null": lambda _: st.none(),
}
