"""Ranking data as they are shown, explained and compared."""

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from cli.domain.comparing import Comparison, compare_named
from cli.errors import CliError
from cli.ranking import results
from cli.ranking.results import packs_of
from cli.ranking.showing import names_of, show_run
from cli.ranking.stories import tell
from cli.ranking.telling import tell_clusters, tell_queries, tell_run, tell_summary
from tests.cli.ranking_runs import FAILED, RUN_ID, Stored, run_row, whole


@pytest.fixture
async def stored() -> Stored:
    return await Stored.of()


@pytest.fixture
def paper() -> Console:
    return Console(file=io.StringIO(), width=200, highlight=False)


def written(paper: Console) -> str:
    assert isinstance(paper.file, io.StringIO)
    return paper.file.getvalue()


async def test_a_summary_says_what_was_made_and_what_to_know(stored: Stored, paper: Console) -> None:
    _, data = await whole(stored)
    tell_summary(paper, data.report)
    tell_clusters(paper, data.report, data.records)
    told = written(paper)
    for words in (
        "graph; 6 of 8 clusters, seed 5",
        "10 of 15 that were written (5 malformed)",
        "0% of them are made by rule",
        "52: 40 positive, 12 negative",
        "train 6 queries of 3 clusters (24 + 12)",
        "8 negatives are missing",
        "48 pairs of a negative and a positive: no negative is a positive or its duplicate",
        "too few candidates of their split",
    ):
        assert words in told
    assert [FAILED, "0"] in [line.split() for line in told.splitlines()]


async def test_a_run_is_shown_with_candidates_by_name(stored: Stored, paper: Console) -> None:
    result, data = await whole(stored)
    tell_run(paper, run_row(), result, data.report, ["assort-simulator-1"])
    tell_queries(paper, data.records, await names_of(stored.store, result), 1)
    told = written(paper)
    for words in (
        "9 in records, 4 failed, 3 in none; 1 clusters without queries",
        "num_clusters=6",
        "simulator",
        "sellers of servers near us",
        "+ P1  Platform P1  (grade 3, same package)",
        "- P",
        "and 9 more queries (--queries 10 shows all)",
    ):
        assert words in told, told


async def test_a_run_that_is_not_over_says_what_is_known(stored: Stored, paper: Console) -> None:
    result, _ = await whole(stored)
    tell_run(paper, run_row(status=None), replace(result, dataset=None), None, [])
    assert "graph; 6 clusters, seed 5" in written(paper)
    assert "in records" not in written(paper)


async def test_the_document_for_machines_holds_everything(
    stored: Stored, capsys: pytest.CaptureFixture[str]
) -> None:
    await show_run(stored.views, stored.store, run_row(), 5, as_json=True)
    shown = json.loads(capsys.readouterr().out)
    assert (shown["kind"], len(shown["records"]), shown["report"]["records"]) == ("ranking_data", 52, 52)
    assert shown["records"][0]["metadata"]["prompt"].startswith("key of")
    assert shown["brief"]["settings"]["seed"] == 5


async def test_names_that_cannot_be_read_are_left_out(stored: Stored) -> None:
    result, _ = await whole(stored)
    [bodies] = await stored.store.list("main/bodies")
    await stored.store.remove(bodies)
    assert await names_of(stored.store, result) == {}


async def test_a_placed_candidate_is_told_with_its_records(stored: Stored) -> None:
    told = await tell(stored.views, stored.store, run_row(), "P1")
    assert told.name == "Platform P1"
    assert {record.candidate_id for record in told.records} == {"P1"}
    assert told.verdict.startswith("placed: positive in 2 records")


@pytest.mark.parametrize(
    ("given", "words"),
    [("P3/A1", "failed: queries_failed"), ("P0", "in no record: not_drawn"), ("P1/A1", "placed: ")],
)
async def test_what_became_of_a_candidate_has_a_reason(stored: Stored, given: str, words: str) -> None:
    assert (await tell(stored.views, stored.store, run_row(), given)).verdict.startswith(words)


async def test_the_last_part_of_an_id_will_do_where_it_is_the_only_one(stored: Stored) -> None:
    with pytest.raises(CliError, match="A1 may be P0/A1, P1/A1"):
        await tell(stored.views, stored.store, run_row(), "A1")


async def test_who_has_nothing_to_do_with_the_run_is_not_known(stored: Stored) -> None:
    with pytest.raises(CliError, match="knows no candidate P9"):
        await tell(stored.views, stored.store, run_row(), "P9")


async def compared(before: Stored, after: Stored) -> Comparison:
    packs = [await packs_of(one.views, "main", RUN_ID, 1) for one in (before, after)]
    return compare_named(*packs)


async def test_equal_runs_do_not_differ(stored: Stored) -> None:
    found = await compared(stored, await Stored.of())
    assert (len(found.same), found.changed, found.moved.added, found.moved.removed) == (10, (), 0, 0)


async def test_queries_and_records_of_one_run_alone_are_counted(stored: Stored) -> None:
    after = await Stored.of()
    rows = after.rows[results.RECORDS]
    last = [row for row in rows if row["query"] != rows[-1]["query"]]
    after.rows[results.RECORDS] = [{**last[0], "grade": 2}, *last[1:]]
    gone = len(rows) - len(last)

    found = await compared(stored, after)

    assert (len(found.same), len(found.changed)) == (8, 1)
    assert [pack.name for pack in found.only_before] == [rows[-1]["query"]]
    assert (found.moved.added, found.moved.removed) == (1, gone + 1)
