"""A dead letter as an operator sees it, and what may be done with it."""

from dataclasses import replace
from datetime import UTC, datetime

from cli.letters import Letter

LETTER = Letter(
    stage="packager",
    letter_id="ccdeedca-0000-5000-8000-000000000000",
    run_id="RUN_1",
    revision=1,
    topic="cluster.formed.v1",
    place="inbox",
    value=b'{"b": 1, "a": "\xc3\xbc"}',
    code="crashes",
    words="5 attempts crashed",
    state="dead",
    replays=0,
    buried_at=datetime(2026, 11, 21, tzinfo=UTC),
    run_over=False,
)


def test_json_is_shown_so_that_it_can_be_read() -> None:
    assert LETTER.text == '{\n  "b": 1,\n  "a": "ü"\n}'


def test_bytes_that_are_no_text_are_shown_all_the_same() -> None:
    assert replace(LETTER, value=b"\xff{").text == r"\xff{"
    assert replace(LETTER, value=None).text == "(no value)"


def test_work_of_a_run_that_is_over_needs_a_new_revision() -> None:
    assert replace(LETTER, run_over=True).needs_retry
    assert not LETTER.needs_retry


def test_a_record_that_never_got_in_can_be_replayed_whatever_its_run_does() -> None:
    assert not replace(LETTER, run_over=True, place="cluster.formed.v1[0]@7").needs_retry


def test_an_item_that_belongs_to_no_run_can_be_replayed() -> None:
    assert not replace(LETTER, run_id="", run_over=False).needs_retry
