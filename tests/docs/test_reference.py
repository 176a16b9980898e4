"""The reference pages are those that the code gives."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from contracts.registry import STAGES
from docs.tools import actions, reference, views
from runtime import RUNTIME_MIGRATIONS, migrate

COLUMNS = """
select table_name as view, array_agg(column_name::text order by ordinal_position) as columns
from information_schema.columns where table_schema = 'read' group by table_name
"""


@pytest.mark.parametrize("name", reference.PAGES)
def test_a_page_is_in_step_with_the_code(name: str) -> None:
    [page] = [page for page in reference.pages() if page.path.name == name]
    assert page.is_current, "run `make docs`"


def test_every_view_says_what_it_shows() -> None:
    assert {view.name for view in views.views()} == set(views.WORDS)


async def test_the_views_are_those_of_a_real_database(database: str) -> None:
    await asyncio.to_thread(apply_all, database)
    connection = await asyncpg.connect(database)
    found = {row["view"]: tuple(row["columns"]) for row in await connection.fetch(COLUMNS)}
    await connection.close()

    assert found == dict(described())


def test_actions_are_found_with_level_message_and_fields() -> None:
    source = """
log.warning("Dead letter", action="buried", place=place)
log.exception("Broke", action="broke")
log.info("nothing to find by")
"""
    found = list(actions.actions_in(source, "here"))
    assert found == [
        actions.Action("buried", "warning", "Dead letter", ("place",), "here"),
        actions.Action("broke", "error", "Broke", ("exception",), "here"),
    ]


def test_the_actions_of_the_runtime_are_found() -> None:
    assert {"work_parked", "event_buried", "worker_started"} <= {action.name for action in actions.actions()}


def described() -> list[tuple[str, tuple[str, ...]]]:
    return [
        (view.name.replace(views.STAGE, stage), view.columns)
        for view in views.views()
        for stage in ((*STAGES, "api") if views.STAGE in view.name else ("",))
    ]


def apply_all(dsn: str) -> None:
    for stage in STAGES:
        migrate(dsn, stage, RUNTIME_MIGRATIONS, folder_of(stage))
    migrate(dsn, "llm", views.LLM)
    migrate(dsn, "api", RUNTIME_MIGRATIONS, views.API)


def folder_of(stage: str) -> Path:
    return views.ROOT / "services" / stage / stage / "migrations"
