"""The page of settings: environment of the services, and what one run may be told."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

import api.settings
import bundler.settings
import clusterer.settings
import embedder.settings
import enricher.settings
import ledger.settings
import packager.settings
import ranker.settings
import segmenter.settings
import simulator.settings
from contracts.bundling import BundleSettings
from contracts.ranking import RankingSettings
from contracts.segmentation import SegmentationSettings
from contracts.settings import PackageSettings
from docs.tools.markdown import code, codes, one_line, table
from encoder import EncoderSettings
from llm import LlmSettings
from objects import ObjectSettings
from runtime import RuntimeSettings

SERVICES: dict[str, type[BaseSettings]] = {
    "embedder": embedder.settings.Settings,
    "clusterer": clusterer.settings.Settings,
    "packager": packager.settings.Settings,
    "enricher": enricher.settings.Settings,
    "segmenter": segmenter.settings.Settings,
    "bundler": bundler.settings.Settings,
    "ranker": ranker.settings.Settings,
    "ledger": ledger.settings.Settings,
}

SHARED: dict[str, type[BaseSettings]] = {
    "Delivery": RuntimeSettings,
    "Object store": ObjectSettings,
    "Language model": LlmSettings,
    "Encoder": EncoderSettings,
}

ALSO_READ_BY_THE_COMMAND_LINE = (RuntimeSettings, ObjectSettings, LlmSettings)

# For settings whose code says nothing; a description there takes the place of the words here.
WORDS = {
    "KAFKA_SERVERS": "Brokers to begin with, separated by commas.",
    "KAFKA_SECURITY_PROTOCOL": "`PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`.",
    "KAFKA_SASL_MECHANISM": "`PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`.",
    "KAFKA_USERNAME": "For SASL.",
    "KAFKA_PASSWORD": "For SASL.",
    "KAFKA_CA_FILE": "Certificates to trust; none: those of the machine.",
    "KAFKA_REPLICATION": "Copies of a topic that this worker has to create.",
    "KAFKA_SESSION_SECONDS": "A worker that is silent for so long leaves its consumer group.",
    "KAFKA_BATCH": "Records read at once.",
    "POSTGRES_DSN": "Where the service's schema is; the role must own it, or may create it.",
    "POSTGRES_CONNECTIONS": "Connections of one worker at most, the relay's own one aside.",
    "LEASE_SECONDS": "Work that its worker does not renew for so long is somebody else's.",
    "MAX_CRASHES": "So many attempts of one piece of work may crash before it is given up.",
    "PARK_LIMIT_SECONDS": "Longest wait for the world between two attempts.",
    "SWEEP_SECONDS": "Between two rounds of housekeeping: late closings, gauges, pruning.",
    "FLOOD_IN_A_ROW": "So many bad events one after the other stop the stage.",
    "FLOOD_WINDOW": "How many of the last events are looked at for the share of bad ones.",
    "FLOOD_SHARE": "A larger share of bad events in a full window stops the stage.",
    "HTTP_HOST": "Address on which metrics and health are served.",
    "LOG_LEVEL": "Of the JSON lines on standard error.",
    "STORAGE_BACKEND": "A bucket, or a folder of this machine.",
    "S3_BUCKET": "It has to exist.",
    "S3_REGION": "Of the bucket.",
    "S3_SECRET": "Belongs to `S3_KEY`.",
    "LLM_PROFILE": "Which provider's dialect is spoken.",
    "GEMINI_API_KEY": "Key for the profile `gemini`.",
    "OPENAI_API_KEY": "Key for the profile `openai`.",
    "DEFAULT_TEMPERATURE": "Asked about products.",
    "LLM_TRANSPORT_RETRIES": "Repetitions of a call that got no answer; then the work is parked.",
    "ENCODER_BATCH_SIZE": "Texts computed at once.",
    "ENCODER_DEVICE": "As torch names it.",
    "clusters.clustering_method": "How deals are grouped.",
    "clusters.max_clusters_per_deal": "Of a deal that is in more than one.",
    "clusters.seed": "Of all chance in clustering.",
    "packing.llm.model": "Asked for packages; none: `GEMINI_MODEL_NAME`.",
    "packing.llm.temperature": "How freely packages are proposed.",
    "packing.llm.timeout_seconds": "For one call, from first to last byte.",
    "enrichment.llm.model": "Asked to describe packages; none: `GEMINI_MODEL_NAME`.",
    "enrichment.llm.temperature": "How freely packages are described.",
    "enrichment.llm.timeout_seconds": "For one call, from first to last byte.",
    "products_per_prompt": "Of one question for categories; none: `SEGMENTATION_PRODUCTS_PER_PROMPT`.",
    "taxonomies_per_consolidation": "Merged at once; none: `SEGMENTATION_TAXONOMIES_PER_CONSOLIDATION`.",
    "products_per_refinement": "Of one question; none: `SEGMENTATION_PRODUCTS_PER_REFINEMENT`.",
    "seed": "Of all chance in making batches.",
    "llm.model": "Asked for segments; none: `DEFAULT_MODEL`.",
    "llm.temperature": "How freely categories are named; none: `DEFAULT_TEMPERATURE`.",
    "llm.timeout_seconds": "For one call, from first to last byte.",
}

OTHERS = (
    (
        "GOOGLE_SHEETS_CREDENTIALS",
        "the command line",
        "For `--sheets`: file of a service account, or of a token.",
    ),
    ("GOOGLE_SHEETS_ENDPOINT", "the command line", "Of the Sheets API; none: Google's."),
    ("ASSORT_TENANT", "the command line", "Whose deals and runs; `assort --tenant` wins."),
    ("POSTGRES_READ_DSN", "the command line", "A role that reads the schema `read`; none: `POSTGRES_DSN`."),
    ("ASSORT_HOME", "the command line, local servers", "State of the local servers; none: `var/local`."),
    ("XDG_CACHE_HOME", "local servers", "Downloads lie in `assort` below it; none: `~/.cache`."),
    ("JAVA_HOME", "the bundler", "The JDK, where pairs are mined on Spark."),
    ("SPARK_CONF_DIR", "the bundler", "Spark's own settings, where pairs are mined on Spark."),
    ("SPARK_HOME", "the bundler", "Spark of the cluster; none: that of PySpark."),
    ("ASSORT_FAILPOINTS", "every service", "A folder of failpoints, for tests that kill workers."),
)

INTRODUCTION = """# Settings

Generated by `make docs` from code. Services take everything from the environment; `make up` writes what
belongs to the local servers into `var/local/credentials.env`, which the command line reads by itself.
"""

OF_A_RUN = """## Settings of a run

What one run is told: `assort run packages --set NAME=VALUE`, or the field `settings` of
`packages.requested.v1`. The last part of a name will do where it is the only one. They are frozen with
the run.
"""

OF_A_SEGMENTATION = """## Settings of a segmentation

`assort run segmentation --set NAME=VALUE`, or the field `settings` of `segmentation.requested.v1`. What has
no default here has the segmenter's. All of it is stored with the run.
"""

OF_BUNDLES = """## Settings of a run of bundles

`assort run bundles --set NAME=VALUE`, or the field `settings` of `bundles.requested.v1`. What has no default
here has the bundler's. All of it is stored with the run.
"""

OF_RANKING_DATA = """## Settings of a run of ranking data

`assort run ranking-data --set NAME=VALUE`, or the field `settings` of `ranking_data.requested.v1`. What has
no default here has the ranker's. All of it is stored with the run.
"""


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    field: FieldInfo

    @property
    def words(self) -> str:
        return one_line(self.field.description) or WORDS.get(self.name, "")

    @property
    def row(self) -> tuple[str, ...]:
        return (code(self.name), default_of(self.field), kind_of(self.field), self.words)


def page() -> str:
    parts = [INTRODUCTION]
    for title, model in SHARED.items():
        parts += [f"## {title}\n", f"Read by {', '.join(readers(model))}.\n", rows(environment(model))]
    for name, service in SERVICES.items():
        if own := [*overridden(service), *environment(service)]:
            parts += [f"## Of the {name}\n", rows(own)]
    parts += ["## Of the API\n", rows(environment(api.settings.Settings))]
    parts += ["## Simulator\n", "Also as flags: `python -m simulator --help`.\n"]
    parts += [rows(environment(simulator.settings.Settings)), "## Others\n"]
    parts += [table(("variable", "read by", "meaning"), [(code(name), *rest) for name, *rest in OTHERS])]
    parts += [OF_A_RUN, rows(of_a_run(PackageSettings))]
    parts += [OF_A_SEGMENTATION, rows(of_a_run(SegmentationSettings))]
    parts += [OF_BUNDLES, rows(of_a_run(BundleSettings))]
    parts += [OF_RANKING_DATA, rows(of_a_run(RankingSettings))]
    return "\n".join(parts)


def environment(model: type[BaseSettings]) -> Iterator[Setting]:
    """The variables of a model of settings, without those of the models inside it."""
    prefix = model.model_config.get("env_prefix", "")
    for name, field in model.model_fields.items():
        if not _is_model(field):
            yield Setting(str(field.validation_alias or f"{prefix}{name}".upper()), field)


def overridden(service: type[BaseSettings]) -> Iterator[Setting]:
    """Shared variables for which this service has a default of its own."""
    for inner in service.model_fields.values():
        shared, own = inner.annotation, inner.default_factory
        if isinstance(own, type) and own is not shared and issubclass(own, BaseSettings):
            common = {one.name: one for one in environment(own.__base__ or own)}
            yield from (one for one in environment(own) if one.row != common[one.name].row)


def of_a_run(model: type[BaseModel], prefix: str = "") -> Iterator[Setting]:
    for name, field in model.model_fields.items():
        if _is_model(field):
            yield from of_a_run(_model(field), f"{prefix}{name}.")
        else:
            yield Setting(prefix + name, field)


def everything() -> list[Setting]:
    models: list[type[BaseSettings]] = [
        *SHARED.values(),
        *SERVICES.values(),
        api.settings.Settings,
        simulator.settings.Settings,
    ]
    runs = (PackageSettings, SegmentationSettings)
    return [
        *(one for model in models for one in environment(model)),
        *(one for told in runs for one in of_a_run(told)),
    ]


def readers(model: type[BaseSettings]) -> list[str]:
    services = [
        name
        for name, service in SERVICES.items()
        if any(field.annotation is model for field in service.model_fields.values())
    ]
    if model in (RuntimeSettings, ObjectSettings):
        services.append("the API")
    return [*services, *(["the command line"] if model in ALSO_READ_BY_THE_COMMAND_LINE else [])]


def rows(settings: Iterator[Setting] | list[Setting]) -> str:
    return table(("name", "default", "values", "meaning"), [one.row for one in settings])


def default_of(field: FieldInfo) -> str:
    value = field.default
    if value is PydanticUndefined:
        return "required"
    if value in (None, "", ()):
        return ""
    return code(_plain(value))


def kind_of(field: FieldInfo) -> str:
    """Its type and limits, in words."""
    kinds = [kind for kind in (get_args(field.annotation) or (field.annotation,)) if kind is not type(None)]
    if all(isinstance(kind, str) for kind in kinds):
        return codes(kinds)
    [first, *_] = kinds
    if isinstance(first, type) and issubclass(first, Enum):
        return codes(member.value for member in first)
    return ", ".join([_named(first), *_limits(field)])


def _limits(field: FieldInfo) -> Iterator[str]:
    words = {
        "ge": "at least",
        "gt": "above",
        "le": "at most",
        "lt": "below",
        "max_length": "characters at most",
    }
    for part in field.metadata:
        for name, meaning in words.items():
            limit = getattr(part, name, None)
            if limit is not None:
                yield f"{meaning} {limit:g}"


def _named(kind: Any) -> str:
    names = {
        Path: "path",
        SecretStr: "secret",
        str: "text",
        int: "whole number",
        float: "number",
        bool: "true or false",
    }
    return names.get(kind, "JSON")


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    return str(value).lower() if isinstance(value, bool) else value


def _is_model(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)


def _model(field: FieldInfo) -> type[BaseModel]:
    model: Any = field.annotation
    found: type[BaseModel] = model
    return found
