"""Where the file of an interaction lies, and how it is called. The table in the docs is made from this."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.event import DEFAULT_TENANT
from llm.question import Call

ROOT = "llm_logs"
HASH_LENGTHS = (4, 8, 64)  # the longer ones only where the shorter name is taken


@dataclass(frozen=True, slots=True)
class Place:
    folder: str
    token: Literal["batch", "cluster", "package", "none"]
    words: str


LOG_LAYOUT: Mapping[str, Place] = {
    "segmentation": Place("segmentation", "batch", "a batch of products is put into categories"),
    "consolidate_taxonomy": Place("consolidate_taxonomy", "none", "categories are merged"),
    "refine_assignments": Place("refine_assignments", "batch", "a batch of assignments is looked at again"),
    "bundle_description": Place("bundle_description", "none", "the bundles of a run get names"),
    "ranking_queries": Place("ranking_queries", "none", "queries are written about a cluster"),
    "package_proposal": Place("package_proposal", "cluster", "packages are proposed for a cluster of deals"),
    "package_enrichment": Place("package_enrichment", "package", "a package is described for buyers"),
}


def run_folder(tenant: str, run_id: str) -> str:
    own = "" if tenant == DEFAULT_TENANT else f"{tenant}/"
    return f"{own}{ROOT}/{run_id}"


def prompt_file(call: Call, prompt_name: str) -> str:
    return f"{run_folder(call.tenant, call.run_id)}/prompts/{prompt_name}_prompt.txt"


def interaction_files(call: Call, started_at: datetime, attempt: int, unique: str) -> list[str]:
    """Names to try, in this order. `unique` tells this attempt from every other of any worker."""
    place = LOG_LAYOUT[call.interaction_type]
    digest = hashlib.sha256(unique.encode()).hexdigest()
    start = f"{run_folder(call.tenant, call.run_id)}/{place.folder}/{started_at:%Y%m%dT%H%M%SZ}"
    token = _token(place, call)
    return [f"{start}{token}_a{attempt}_{digest[:length]}.json" for length in HASH_LENGTHS]


def layout_table() -> str:
    """Markdown for the docs."""
    tokens = {
        "batch": "`b<number>`",
        "cluster": "`c<first 8 of the cluster id>`",
        "package": "`p<first 8 of the package id>`",
        "none": "",
    }
    rows = [
        f"| `{kind}` | `{place.folder}/` | {tokens[place.token]} | {place.words} |"
        for kind, place in LOG_LAYOUT.items()
    ]
    return "\n".join(["| interaction_type | folder | token | when |", "|---|---|---|---|", *rows]) + "\n"


def _token(place: Place, call: Call) -> str:
    match place.token:
        case "batch":
            return f"_b{call.batch_id}"
        case "none":
            return ""
        case _:
            return f"_{place.token[0]}{call.entity[:8]}"
