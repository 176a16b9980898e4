"""`--set clusters.max_deals_per_cluster=15`: settings of a run from words."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from cli.errors import CliError
from contracts.bundling import BundleSettings
from contracts.event import describe
from contracts.ranking import RankingSettings
from contracts.segmentation import SegmentationSettings
from contracts.settings import PackageSettings

S = TypeVar("S", bound=BaseModel)
EXAMPLES: Mapping[type[BaseModel], str] = {
    PackageSettings: "clusters.max_deals_per_cluster=15",
    SegmentationSettings: "features.refine=false",
    BundleSettings: "mmr_lambda=0.5",
    RankingSettings: "negatives.margin=0.1",
}


def package_settings(words: Sequence[str], base: PackageSettings | None = None) -> PackageSettings:
    """The base's settings (none: the defaults), except for what is set."""
    return settings_of(PackageSettings, words, base)


def settings_of(kind: type[S], words: Sequence[str], base: S | None = None) -> S:
    document: dict[str, Any] = base.model_dump(mode="json") if base else {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise CliError(f"--set {word}: write it as name=value, like {EXAMPLES[kind]}")
        _put(document, full_name(name.strip(), kind), _value(value.strip()))
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        raise CliError(f"--set: {describe(error)}") from error


def with_fresh(settings: PackageSettings, packing: int, enrichment: int) -> PackageSettings:
    """Asking for these samples instead of stored answers."""
    document = settings.model_dump(mode="json")
    document["packing"]["llm"]["fresh"], document["enrichment"]["llm"]["fresh"] = packing, enrichment
    return PackageSettings.model_validate(document)


def full_name(name: str, kind: type[BaseModel] = PackageSettings) -> str:
    """The dotted name; its last part alone will do where it is the only one."""
    names = list(known(kind))
    if name in names:
        return name
    found = [known_name for known_name in names if known_name.endswith(f".{name}")]
    if len(found) == 1:
        return found[0]
    if found:
        raise CliError(f"--set {name}: which one? {', '.join(found)}")
    raise CliError(f"--set {name}: there is no such setting; there are {', '.join(names)}")


def known(model: type[BaseModel] = PackageSettings, prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from known(kind, f"{prefix}{name}.")
        else:
            yield prefix + name


def _put(document: dict[str, Any], name: str, value: Any) -> None:
    *sections, last = name.split(".")
    for section in sections:
        document = document.setdefault(section, {})
    document[last] = value


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
