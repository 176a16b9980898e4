"""The judges find what was planted, and nothing where nothing is wrong."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.checker import count, judge
from tests.chaos.evidence import Evidence, Outcome, Record, Request, Tables

RUN, CLUSTER, PACKAGE, REST = "RUN_1", "cluster-1", "package-1", "package-2"
PROMPT = "a" * 64


def record(topic: str, entity: str, offset: int, **facts: object) -> Record:
    body = {"run_id": RUN, "revision": 1, **facts}
    headers = {"ce_id": f"id-{offset}", "ce_run": RUN, "ce_revision": "1", "ce_subject": entity}
    encoded = tuple((name, value.encode()) for name, value in headers.items())
    return Record(topic, 0, offset, entity.encode(), json.dumps(body).encode(), encoded)


RECORDS = (
    record("packages.requested.v1", RUN, 0, deal_ids=["ssp/1", "ssp/2", "ssp/3", "ssp/4"]),
    record("cluster.formed.v1", CLUSTER, 1, cluster_id=CLUSTER, deal_ids=["ssp/1", "ssp/2", "ssp/3"]),
    record(
        "package.proposed.v1",
        PACKAGE,
        2,
        package_id=PACKAGE,
        cluster_id=CLUSTER,
        kind="package",
        deal_ids=["ssp/1", "ssp/2"],
        excluded=[],
    ),
    record(
        "package.proposed.v1",
        REST,
        3,
        package_id=REST,
        cluster_id=CLUSTER,
        kind="excluded",
        deal_ids=[],
        excluded=[{"origin": "ssp", "deal_id": "3"}],
    ),
    record("package.enriched.v1", PACKAGE, 4, package_id=PACKAGE, deal_ids=["ssp/1", "ssp/2"]),
    record("run.finished.v1", RUN, 5),
)
REQUESTED, FORMED, PROPOSED, EXCLUDED, ENRICHED, FINISHED = RECORDS

GOOD = Evidence(
    records=RECORDS,
    tables=Tables(
        clusters=frozenset({(RUN, CLUSTER)}),
        packages=frozenset({(RUN, PACKAGE), (RUN, REST)}),
        enriched=frozenset({(RUN, PACKAGE)}),
        outcomes=frozenset({(RUN, RUN)}),
        ledger={one.event_id: 0 for one in RECORDS},
        endings={("packager", "row-1"): 1},
    ),
    outcomes={RUN: Outcome(placed=("ssp/1", "ssp/2"), failed=(), excluded=("ssp/3", "ssp/4"))},
    unclustered={RUN: frozenset({"ssp/4"})},
    requests=(Request(100.0, PROMPT), Request(101.0, PROMPT)),
    answered_at={PROMPT: 101.1},
    proofs={RUN: ()},
)


def changed(one: Record, **facts: object) -> Record:
    return replace(one, value=json.dumps({**one.body, **facts}).encode())


def with_id(one: Record, event_id: str) -> Record:
    headers = {**dict(one.headers), "ce_id": event_id.encode()}
    return replace(one, offset=one.offset + 100, headers=tuple(headers.items()))


def with_records(*more: Record, without: Iterable[Record] = ()) -> Evidence:
    kept = tuple(one for one in RECORDS if one not in tuple(without))
    records = (*kept, *more)
    ledger = {one.event_id: 0 for one in records}
    return replace(GOOD, records=records, tables=replace(GOOD.tables, ledger=ledger))


def with_tables(**rows: Any) -> Evidence:
    return replace(GOOD, tables=replace(GOOD.tables, **rows))


def with_outcome(**states: tuple[str, ...]) -> Evidence:
    return replace(GOOD, outcomes={RUN: replace(GOOD.outcomes[RUN], **states)})


def findings(evidence: Evidence) -> Mapping[str, tuple[str, ...]]:
    return {verdict.judge: verdict.findings for verdict in judge(evidence) if verdict.findings}


def test_the_judges_are_silent_where_nothing_is_wrong() -> None:
    assert findings(GOOD) == {}


def test_a_record_that_came_again_byte_for_byte_is_no_fault() -> None:
    evidence = with_records(*(replace(one, offset=one.offset + 100) for one in RECORDS))
    assert findings(evidence) == {}
    assert count(evidence).repeated == len(RECORDS)
    assert count(evidence).item_events_repeated == 4


FAULTS: list[tuple[str, Callable[[], Evidence], str, str]] = [
    (
        "a deal in no state",
        lambda: with_outcome(excluded=("ssp/3",)),
        "no_deal_is_lost",
        "ssp/4 is in 0 states",
    ),
    (
        "a deal in two states",
        lambda: with_outcome(failed=("ssp/1",)),
        "no_deal_is_lost",
        "ssp/1 is in 2 states",
    ),
    (
        "a deal that nobody asked for",
        lambda: with_outcome(placed=("ssp/1", "ssp/2", "ssp/9")),
        "no_deal_is_lost",
        "nobody asked for ssp/9",
    ),
    (
        "a run without an outcome",
        lambda: replace(GOOD, outcomes={}),
        "no_deal_is_lost",
        "nobody says what became of its 4 deals",
    ),
    (
        "an outcome that says placed and no package has it",
        lambda: with_outcome(placed=("ssp/1", "ssp/2", "ssp/3"), excluded=("ssp/4",)),
        "the_outcome_is_what_the_topics_say",
        "ssp/3 is too many",
    ),
    (
        "a cluster whose packages forget a deal",
        lambda: with_records(changed(EXCLUDED, excluded=[]), without=[EXCLUDED]),
        "every_cluster_is_packaged_whole",
        "has ssp/3 0 times",
    ),
    (
        "a cluster that was packaged twice, in two ways",
        lambda: with_records(
            with_id(changed(PROPOSED, package_id="package-9", deal_ids=["ssp/2", "ssp/3"]), "id-9")
        ),
        "every_cluster_is_packaged_whole",
        "has ssp/2 2 times",
    ),
    (
        "a proposal that was never enriched",
        lambda: with_records(without=[ENRICHED]),
        "every_proposal_is_enriched_or_excluded",
        "package-1 was never enriched",
    ),
    (
        "an enrichment with other deals",
        lambda: with_records(changed(ENRICHED, deal_ids=["ssp/1"]), without=[ENRICHED]),
        "every_proposal_is_enriched_or_excluded",
        "with other deals",
    ),
    (
        "a doubled result",
        lambda: with_records(with_id(changed(ENRICHED, advice="another"), "id-9")),
        "nothing_is_told_twice",
        "was told 2 times",
    ),
    (
        "work that ended twice",
        lambda: with_tables(endings={("packager", "row-1"): 2}),
        "no_work_ends_twice",
        "packager: the inbox row row-1 ended 2 times",
    ),
    (
        "a row that nobody told of",
        lambda: with_tables(enriched=frozenset({(RUN, PACKAGE), (RUN, "package-9")})),
        "tables_and_topics_say_the_same",
        "package-9') is missing",
    ),
    (
        "an event without its row",
        lambda: with_tables(clusters=frozenset()),
        "tables_and_topics_say_the_same",
        "cluster-1') is too many",
    ),
    (
        "two contents under one id",
        lambda: with_records(replace(changed(ENRICHED, advice="another"), offset=9)),
        "a_repeated_event_has_the_same_bytes",
        "event id-4 at package.enriched.v1[0]@4 and at package.enriched.v1[0]@9 differs",
    ),
    (
        "the same event with another header",
        lambda: with_records(replace(ENRICHED, offset=9, headers=(*ENRICHED.headers, ("ce_time", b"later")))),
        "a_repeated_event_has_the_same_bytes",
        "differs",
    ),
    (
        "the same event under another key",
        lambda: with_records(replace(ENRICHED, offset=9, key=b"elsewhere")),
        "a_repeated_event_has_the_same_bytes",
        "differs",
    ),
    (
        "a run that never finished",
        lambda: with_records(without=[FINISHED]),
        "every_run_finishes_once",
        "RUN_1 finished 0 times",
    ),
    (
        "a run that finished twice",
        lambda: with_records(with_id(FINISHED, "id-9")),
        "every_run_finishes_once",
        "RUN_1 finished 2 times",
    ),
    (
        "a second payment",
        lambda: replace(GOOD, requests=(*GOOD.requests, Request(103.1, PROMPT))),
        "no_stored_answer_is_paid_again",
        "was asked 2.00 s after its answer was stored",
    ),
    (
        "a call whose answer is nowhere",
        lambda: replace(GOOD, answered_at={}),
        "no_stored_answer_is_paid_again",
        "no answer to it is stored",
    ),
    (
        "a dead letter",
        lambda: with_tables(letters=("packager: crashes",)),
        "nothing_is_buried",
        "packager: crashes",
    ),
    (
        "work that was left",
        lambda: with_tables(left_over=("packager: 1 x cluster.formed.v1 leased",)),
        "nothing_is_left_over",
        "leased",
    ),
    (
        "an event that the ledger missed",
        lambda: with_tables(ledger={one.event_id: 0 for one in RECORDS[1:]}),
        "the_ledger_has_seen_every_event",
        "packages.requested.v1[0]@0 is not in the ledger",
    ),
    (
        "a conflict that the ledger saw",
        lambda: with_tables(ledger={**GOOD.tables.ledger, "id-4": 1}),
        "the_ledger_has_seen_every_event",
        "id-4 with two contents",
    ),
    (
        "a run that does not prove",
        lambda: replace(GOOD, proofs={RUN: ("the_run_finished_once: no",)}),
        "assort_verify_proves_every_run",
        "RUN_1: the_run_finished_once: no",
    ),
    (
        "a run that nobody verified",
        lambda: replace(GOOD, proofs={}),
        "assort_verify_proves_every_run",
        "RUN_1 was not verified",
    ),
]


@pytest.mark.parametrize(
    ("evidence", "judge_name", "words"), [pytest.param(*fault[1:], id=fault[0]) for fault in FAULTS]
)
def test_a_planted_fault_is_found(evidence: Callable[[], Evidence], judge_name: str, words: str) -> None:
    found = findings(evidence())
    assert any(words in finding for finding in found.get(judge_name, ())), found


def test_the_numbers_are_those_of_the_evidence() -> None:
    numbers = count(replace(with_outcome(excluded=()), sent_again=3))
    assert (numbers.runs, numbers.clusters, numbers.packages, numbers.lost) == (1, 1, 1, 2)
    assert (numbers.finished, numbers.calls, numbers.prompts) == ((0, 1, 0), 2, 1)
    assert (numbers.repeated, numbers.sent_again) == (0, 3)
