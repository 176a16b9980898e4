"""The page of views, read from the migrations. A test compares it with a real database."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from contracts.registry import STAGES
from docs.tools.markdown import codes, table

ROOT = Path(__file__).parents[2]
RUNTIME = ROOT / "libs" / "runtime" / "runtime" / "migrations"
API = ROOT / "apps" / "api" / "api" / "migrations"
LLM = ROOT / "libs" / "llm" / "llm" / "migrations"
STAGE = "<stage>"

VIEW = re.compile(
    r"create (?:or replace )?view read\.(%I|\w+) as\s+select (.*?)\sfrom ([\w.]+)(.*?)(?:;|\$view\$|')",
    re.DOTALL,
)
FORMATTED = re.compile(r"stage \|\| '(_\w+_v\d+)'")
TABLE = re.compile(r"create table ([\w.]+) \((.*?)\n\)", re.DOTALL)

WORDS = {
    "<stage>_runs_v1": "What the stage knows of each revision of a run, and how far its members are.",
    "<stage>_members_v1": "The members that a run waits for at the stage, and what became of each.",
    "<stage>_inbox_v1": "The work of the stage: what is open, what it waits for, how often it crashed.",
    "<stage>_letters_v1": "Dead letters of the stage, byte for byte.",
    "<stage>_gates_v1": "Why the stage as a whole stands still; no row: it does not.",
    "<stage>_outbox_v1": "How many events are not sent yet, and since when the oldest waits. One row.",
    "items_v1": "Deals as they now are; withdrawn ones keep their row.",
    "embedder_vectors_v1": "The vectors of the deals as they now are, by model: for forecasts.",
    "frozen_v1": "The input of each revision of a run, as it was fixed.",
    "following_v1": "Runs that revise themselves when their deals change.",
    "clusters_v1": "Clusters, each under the revision that made it.",
    "cluster_deals_v1": "The deals of each cluster.",
    "clusterings_v1": "The manifest of each clustering.",
    "packages_v1": "Proposed packages; those of kind `excluded` hold no deals.",
    "cluster_packages_v1": "Packages of each cluster, by the revision that packaged it; they may be older.",
    "packager_clusters_v1": "How well the model answered about a cluster, by the revision that packaged it.",
    "package_deals_v1": "The deals of each package.",
    "excluded_deals_v1": "Deals of a cluster that are in none of its packages, and why.",
    "packagings_v1": "The manifest of each packaging.",
    "packages_enriched_v1": "Buyer-ready packages.",
    "packages_offered_v1": "What buyers can see after a revision, and which revision made it.",
    "packages_backfilled_v1": "Excluded packages, described without a model.",
    "outcomes_v1": "How each revision of a run ended.",
    "runs_v1": "One row for each revision of a run, as all stages told it; no `status`: it is not over.",
    "events_v1": "Every event that was seen: how often it was repeated, and how often with other content.",
    "buried_v1": "Dead letters of all stages, as they were told.",
    "run_progress_v1": "How far each revision of a run is, counted from events.",
    "api_requests_v1": "Revisions of runs that were asked for by the API, from the moment of the request on.",
    "api_uploads_v1": "Files that were brought by the API, from the moment of the request on.",
    "api_audit_v1": "Who changed what by the API: runs and keys.",
    "run_changes_v1": "What changed the state of a run, when, and who asked for it.",
    "segmentation_runs_v1": "Each revision of a segmentation: what it was told, how far it is, how it ended.",
    "segmentation_products_v1": "The products of each run: our key, and the catalog's id.",
    "product_taxonomies_v1": "The categories of each run; what is out of scope is one of them.",
    "product_segments_v1": "The first assignment: the category of each product, how likely it is right.",
    "refined_product_segments_v1": "The assignment after a refinement; no rows: there was none.",
    "orders_v1": "Orders as they now are; withdrawn ones keep their row.",
    "uploads_v1": "Files that were brought, and what became of their rows.",
    "bundle_runs_v1": "Each revision of a run of bundles: what it was told, its plan, its record.",
    "bundles_v1": "Bundles, with the name that counts: a model's where it gave one.",
    "combo_costs_v1": "What an objective by one type of bundle takes at a store, on average.",
    "bundle_visitors_v1": "Visitors who came where bundles are offered, their arm, their orders since.",
    "bundle_exposures_v1": "Which visitor came to which bundle, and what came of it.",
    "bundle_feedback_v1": "What visitors of stores did about bundles.",
    "ranking_runs_v1": "Each revision of a run of ranking data: what it was told, drew and came to.",
    "ranking_queries_v1": "Queries as they were written about a cluster, before any is left out.",
    "ranking_records_v1": "Labelled pairs of a query and a candidate, in the order of the file.",
    "segmentation_results_v1": "The assignment that counts: the refined one where there is one.",
    "segmentation_steps_v1": "The calls of a run: what they were asked, came to and moved; who merged.",
    "taxonomy_versions_v1": "The numbers of the taxonomies of each category of products.",
    "llm_interactions_v1": "One row for each attempt to get an answer; `file_path` leads to all of it.",
    "llm_interaction_moves_v1": "Logs that were moved to a bucket, or back, and how far that is.",
    "llm_cost_v1": "Calls, tokens and cost of each run and stage.",
    "llm_budget_v1": "What each run may spend, has spent and has reserved.",
}

INTRODUCTION = f"""# Views

Generated by `make docs` from the migrations. They are all that the rest of the world may read: schema `read`,
by the role `assort_read`, which sees no table behind them. A view's columns keep their names and meanings; a
change that breaks readers is a new view (`_v2`) beside the old one.
`{STAGE}` stands for {", ".join(STAGES)}; of the API, which has an outbox too, for api.
"""


@dataclass(frozen=True, slots=True)
class View:
    name: str
    owner: str
    columns: tuple[str, ...]


def page() -> str:
    found = list(views())
    index = table(
        ("view", "owner", "meaning"),
        [(f"[`read.{one.name}`](#{_anchor(one.name)})", one.owner, WORDS.get(one.name, "")) for one in found],
    )
    sections = [
        f"## read.{_heading(one.name)}\n\n{WORDS.get(one.name, '')}\n\n{codes(one.columns)}\n"
        for one in found
    ]
    return "\n".join([INTRODUCTION, index, *sections])


def views() -> Iterator[View]:
    yield from views_in(RUNTIME, "every stage")
    for stage in STAGES:
        yield from views_in(ROOT / "services" / stage / stage / "migrations", stage)
    yield from views_in(API, "api")
    yield from views_in(LLM, "llm")


def views_in(folder: Path, owner: str) -> Iterator[View]:
    """The newest word on each view counts."""
    text = "\n".join(path.read_text("utf-8") for path in sorted(folder.glob("*.sql")))
    tables = {name: _columns_of_table(body) for name, body in TABLE.findall(text)}
    names = iter(FORMATTED.findall(text))
    found: dict[str, View] = {}
    for name, selected, source, _ in VIEW.findall(text):
        named = STAGE + next(names) if name == "%I" else name
        found[named] = View(named, owner, _columns(selected, source, tables))
    yield from found.values()


def _columns(selected: str, source: str, tables: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    if selected.strip() == "*":
        return tables[source]
    return tuple(_name(expression) for expression in _split(selected))


def _split(selected: str) -> list[str]:
    """At the commas that stand in no bracket."""
    parts, depth = [""], 0
    for sign in re.sub(r"--[^\n]*", "", selected):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _name(expression: str) -> str:
    """After `as`, else after the last dot."""
    return re.split(r"\s|\.", expression.strip())[-1]


def _columns_of_table(body: str) -> tuple[str, ...]:
    lines = (line.strip() for line in body.splitlines())
    return tuple(
        line.split()[0]
        for line in lines
        if line and not line.startswith(("--", "primary", "foreign", "check"))
    )


def _heading(name: str) -> str:
    return name.replace("<", "\\<")


def _anchor(name: str) -> str:
    return re.sub(r"[^a-z0-9_-]", "", f"read.{name}".lower())
