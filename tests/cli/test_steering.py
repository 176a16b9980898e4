"""Commands are given only where they make sense, and the refusal says what to do instead."""

from dataclasses import replace

import pytest

from cli.domain.progress import Pace, Progress, StageProgress, Waiting, exit_code, reasons
from cli.domain.steering import RunState, no_revision, refusal, target_revision
from contracts.runs import Command

RUNNING = RunState("RUN_1", 2, None, paused=False, cancelling=False)
OVER = replace(RUNNING, status="completed")
PROGRESS = Progress(
    run_id="RUN_1",
    revision=1,
    known=True,
    status=None,
    words="",
    state="active",
    stages=(StageProgress("package", "clusters", 3, 1, 10),),
    waiting=(),
    blocked=(),
    dead_letters=0,
    cost_usd=0.5,
    unpriced_calls=0,
    calls=4,
    budget_usd=1.0,
)


@pytest.mark.parametrize(
    ("command", "run", "advice"),
    [
        pytest.param("pause", OVER, "nothing to pause", id="pause a run that is over"),
        pytest.param("cancel", OVER, "nothing to cancel", id="cancel a run that is over"),
        pytest.param("pause", replace(RUNNING, paused=True), "paused already", id="pause twice"),
        pytest.param("resume", RUNNING, "not paused", id="resume what runs"),
        pytest.param("retry", RUNNING, "let it end", id="retry what runs"),
        pytest.param("retry", replace(RUNNING, status="refused"), "ask anew", id="retry what was refused"),
        pytest.param("cancel", replace(RUNNING, cancelling=True), "being cancelled", id="cancel twice"),
        pytest.param(
            "pause", replace(RUNNING, cancelling=True), "being cancelled", id="pause what is cancelled"
        ),
        pytest.param(
            "cancel", replace(OVER, following=True), "assort unfollow RUN_1", id="cancel what only follows"
        ),
        pytest.param("unfollow", OVER, "does not follow", id="unfollow what does not follow"),
        pytest.param(
            "follow", replace(OVER, revision=1, status="refused"), "ask anew", id="follow what was refused"
        ),
    ],
)
def test_what_makes_no_sense_is_refused(command: Command, run: RunState, advice: str) -> None:
    words = refusal(command, run)
    assert words is not None
    assert advice in words
    assert "RUN_1" in words


@pytest.mark.parametrize(
    ("command", "run"),
    [
        pytest.param("pause", RUNNING, id="pause"),
        pytest.param("cancel", RUNNING, id="cancel"),
        pytest.param("cancel", replace(RUNNING, paused=True), id="cancel what is paused"),
        pytest.param("resume", replace(RUNNING, paused=True), id="resume"),
        pytest.param("retry", OVER, id="retry"),
        pytest.param(
            "retry", replace(OVER, status="cancelled", cancelling=True), id="retry what was cancelled"
        ),
        pytest.param("raise_budget", RUNNING, id="budget of a run"),
        pytest.param("raise_budget", OVER, id="budget before a retry"),
        pytest.param("follow", RUNNING, id="follow what runs"),
        pytest.param("follow", replace(OVER, following=True), id="follow with other numbers"),
        pytest.param("unfollow", replace(RUNNING, following=True), id="unfollow"),
        pytest.param("cancel", replace(RUNNING, following=True), id="cancel what runs and follows"),
    ],
)
def test_what_makes_sense_is_done(command: Command, run: RunState) -> None:
    assert refusal(command, run) is None


def test_a_run_is_revised_only_when_it_is_over() -> None:
    words = no_revision(RUNNING)
    assert words is not None
    assert "let it end" in words
    assert no_revision(OVER) is None


def test_a_retry_is_a_new_revision_and_nothing_else_is() -> None:
    assert target_revision("retry", OVER) == 3
    assert target_revision("pause", RUNNING) == 2


@pytest.mark.parametrize(
    ("status", "code"),
    [("completed", 0), ("completed_with_failures", 3), ("failed", 1), ("cancelled", 1), ("refused", 1)],
)
def test_the_exit_code_tells_how_a_run_ended(status: str, code: int) -> None:
    assert exit_code(status) == code


def test_the_pace_is_that_of_the_last_half_minute() -> None:
    pace = Pace(window_seconds=30)
    for second in range(0, 101, 10):
        pace.observe(second, second if second < 50 else 50 + (second - 50) * 3)
    assert pace.per_second == pytest.approx(3)
    assert pace.seconds_left(30) == pytest.approx(10)


def test_a_stage_that_stands_still_has_no_pace() -> None:
    pace = Pace()
    pace.observe(0, 5)
    pace.observe(10, 5)
    assert pace.per_second is None
    assert pace.seconds_left(3) is None


def test_what_is_left_is_unknown_before_the_manifest() -> None:
    assert StageProgress("package", "clusters", 2, 1, None).left is None
    assert StageProgress("package", "clusters", 2, 1, 10).left == 7


def test_reasons_come_with_advice() -> None:
    waiting = (
        Waiting("packager", "Unavailable: 429", 1),
        Waiting("packager", "OverBudget: run RUN_1 has a budget of 1 USD", 7),
    )
    blocked = (Waiting("enricher", "401 from the provider", 1),)
    words = reasons(replace(PROGRESS, waiting=waiting, blocked=blocked, state="paused"))
    assert words[0].startswith("paused")
    assert "enricher stands still: 401" in words[1]
    assert "`assort budget RUN_1 USD` raises it" in words[2]
    assert "429" in words[3]


def test_a_run_without_trouble_has_no_reasons() -> None:
    assert reasons(PROGRESS) == []
