"""Each check of ranking data finds what it is there for, and nothing in a sound run."""

from typing import Any

import pytest

from cli import gathering_rows
from cli.domain.checks_any import OF_ANY_RUN
from cli.domain.proof import looked_at, prove
from cli.ranking import gathering, results
from cli.ranking.evidence import RankingEvidence
from cli.ranking.proof import CHECKS
from contracts import Reference
from contracts.ranking_data import RankingOutcome
from contracts.runs import Counts
from contracts.unplaced import Unplaced
from ranking.record import Record
from tests.cli.ranking_runs import Stored, nodes
from tests.cli.ranking_tampering import CASES, Change


@pytest.fixture
async def sound() -> RankingEvidence:
    return await (await Stored.of()).evidence()


def found(run: RankingEvidence) -> dict[str, tuple[str, ...]]:
    return {checked.check: checked.findings for checked in prove(run) if checked.findings}


def test_a_sound_run_is_proven_and_its_evidence_is_counted(sound: RankingEvidence) -> None:
    assert found(sound) == {}
    seen = looked_at(sound)
    assert (seen["candidates"], seen["clusters"], seen["records"], seen["pairs"]) == (len(nodes()), 6, 52, 48)


@pytest.mark.parametrize(
    ("check", "words", "change"), [pytest.param(*case[1:], id=case[0]) for case in CASES]
)
def test_what_was_tampered_with_is_found(
    sound: RankingEvidence, check: str, words: str, change: Change
) -> None:
    findings = found(change(sound))
    assert any(words in finding for finding in findings[check]), findings


def test_every_check_of_this_kind_has_a_case() -> None:
    of_any_run = {check.__name__ for check in OF_ANY_RUN}
    assert {check.__name__ for check in CHECKS} - of_any_run == {case[1] for case in CASES}


async def test_records_from_before_belong_to_the_proof() -> None:
    before = await (await Stored.of()).evidence()
    run = await (await Stored.of((before.records or ())[:20])).evidence()

    assert found(run) == {}
    assert (len(run.existing), len(run.added)) == (20, 28)


async def test_records_from_before_of_candidates_that_are_not_here_are_no_fault() -> None:
    foreign = Record("where is it", "elsewhere", "C", 3, "same_package", "train", "model", "key")
    run = await (await Stored.of((foreign,))).evidence()

    assert found(run) == {}
    assert run.records is not None
    assert run.records[0] == foreign


@pytest.mark.parametrize("what", ["snapshot", "outcome", "dataset", "report", "ground"])
async def test_an_object_that_is_gone_is_named(what: str) -> None:
    stored = await Stored.of()
    [row] = stored.rows[gathering.RUN]
    await stored.store.remove(row[what]["key"])

    findings = found(await stored.evidence())
    assert any(row[what]["key"] in words for words in findings["every_object_is_there_and_intact"])


@pytest.mark.parametrize("what", ["main/bodies", "main/vectors"])
async def test_candidates_that_were_changed_in_the_store_are_found(what: str) -> None:
    stored = await Stored.of()
    [key] = await stored.store.list(what)
    stored.store.objects[key] = stored.store.objects[key][:-1] + b" "

    findings = found(await stored.evidence())
    assert any("sha256" in words for words in findings["every_object_is_there_and_intact"])


async def test_an_outcome_of_another_dataset_is_found() -> None:
    stored = await Stored.of()
    [row] = stored.rows[gathering.RUN]
    row["dataset"] = row["ground"]

    findings = found(await stored.evidence())
    assert any("another manifest" in words for words in findings["every_object_is_there_and_intact"])


async def test_a_run_that_was_refused_accounts_for_its_candidates_and_needs_no_records() -> None:
    stored = await Stored.of()
    [row] = stored.rows[gathering.RUN]
    snapshot = Reference.model_validate(row["snapshot"])
    excluded = tuple(Unplaced(item_id=node.node_id, code="too_few_clusters") for node in nodes())
    told = await stored.keep(RankingOutcome(snapshot=snapshot, excluded=excluded))
    end = {"status": "refused", "counts": Counts(excluded=len(excluded)).model_dump()}
    nothing: dict[str, Any] = {"drawn": [], "dataset": None, "report": None, "ground": None}
    nothing["outcome"] = told.model_dump()
    stored.rows[gathering.RUN] = [row | end | nothing]
    stored.rows[gathering_rows.LEDGER] = [end | {"words": "too_few_clusters"}]
    stored.rows[gathering_rows.EVENTS] = stored.rows[gathering_rows.EVENTS][1:]
    stored.rows |= {results.QUERIES: [], results.RECORDS: []}

    assert found(await stored.evidence()) == {}


async def test_a_run_that_never_got_candidates_needs_nothing_at_all() -> None:
    stored = await Stored.of()
    [ledger] = stored.rows[gathering_rows.LEDGER]
    stored.rows = {
        gathering_rows.LEDGER: [ledger | {"status": "refused", "counts": {}}],
        gathering_rows.EVENTS: stored.rows[gathering_rows.EVENTS][1:],
    }

    assert found(await stored.evidence()) == {}
