"""What is shown: complete, readable, and harmless whatever upstream wrote."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from rich.console import Console

from cli.console import plain, span, usd
from cli.domain.progress import Pace
from cli.domain.reasons import Reasons
from cli.packages import Excluded, Package
from cli.reading import RunRow
from cli.telling import aggregate_lines, settings_line, tell_package, tell_packages, tell_run
from cli.watching import Lines
from contracts.packages import Advice, Aggregates, FloorRange, SafetyView, Share
from contracts.runs import Cost, Counts
from contracts.safety import SafetyRisk
from contracts.settings import ClusterSettings, PackageSettings
from tests.cli.test_steering import PROGRESS

AT = datetime(2026, 11, 21, 3, 15, tzinfo=UTC)
RUN = RunRow(
    tenant="main",
    run_id="RUN_20261121T031500Z_0123abcd",
    revision=1,
    kind="packages",
    status="completed",
    requested_at=AT,
    finished_at=AT + timedelta(seconds=95),
    items=12,
    counts=Counts(placed=9, excluded=3, clusters=2, packages=3, excluded_packages=1),
    cost=Cost(usd=0.0125, calls=5, stored_answers=2),
    settings=PackageSettings(clusters=ClusterSettings(max_deals_per_cluster=15)).model_dump(mode="json"),
    words="",
)
PACKAGE = Package(
    package_id="22222222-2222-5222-8222-222222222222",
    cluster_id="11111111-1111-5111-8111-111111111111",
    kind="package",
    name="Premium [red]Auto[/red] CTV\x1b[2J",
    deal_ids=("bidswitch.com/1", "bidswitch.com/2"),
    reasoning="They fit.",
    models=("assort-simulator-1",),
    aggregates=Aggregates(
        tier1=(Share(name="Automotive", deals=2),),
        safety=SafetyView(worst=SafetyRisk.FLOOR, caused_by=("bidswitch.com/2",), family_safe=None),
        floors=(FloorRange(currency="EUR", lowest=1, median=2.5, highest=4, deals=2),),
        starts=date(2026, 1, 1),
    ),
    advice=Advice(
        description="For car makers.", verticals=("Auto",), use_cases=("Launch",), recommendations=("Bid",)
    ),
)


@pytest.fixture
def paper() -> Console:
    return Console(file=io.StringIO(), width=140, highlight=False)


def written(paper: Console) -> str:
    assert isinstance(paper.file, io.StringIO)
    return paper.file.getvalue()


def test_a_run_is_told_with_counts_cost_and_what_was_set(paper: Console) -> None:
    tell_run(paper, RUN, ["gpt-4o"], Reasons({"too_few": 2, "off_topic": 1}, {"not_published": 1}))
    text = written(paper)
    for words in (
        "completed",
        "9 placed, 0 failed, 3 excluded",
        "too_few 2, off_topic 1",
        "not_published 1",
        "0.0125 USD",
        "2 stored answers",
        "gpt-4o",
        "clusters.max_deals_per_cluster=15",
        "1 min 35 s",
    ):
        assert words in text
    assert "simulator" not in text


def test_a_simulated_run_says_so(paper: Console) -> None:
    tell_run(paper, RUN, ["assort-simulator-1"], Reasons())
    assert "The answers came from the simulator, not from a language model" in written(paper)


def test_a_package_is_told_in_full(paper: Console) -> None:
    tell_package(paper, PACKAGE, [])
    text = written(paper)
    for words in (
        "For car makers.",
        "Automotive (2)",
        "floor because of bidswitch.com/2",
        "1 to 4 EUR, median 2.5 (2 deals)",
        "2026-01-01 to open end",
        "bidswitch.com/1, bidswitch.com/2",
        "They fit.",
        PACKAGE.package_id,
        PACKAGE.cluster_id,
    ):
        assert words in text


def test_a_run_that_is_not_over_shows_no_counts_that_nobody_has_made(paper: Console) -> None:
    tell_run(paper, replace(RUN, status=None, counts=Counts(), cost=Cost()), [], Reasons({"off_topic": 3}))
    text = written(paper)
    assert "12 frozen, counted when the run is over; excluded from packages so far: off_topic 3" in text
    assert "0 placed" not in text


def test_reasons_that_nobody_can_read_are_no_reasons(paper: Console) -> None:
    tell_run(paper, RUN, [], Reasons(unknown="there is no object main/x"))
    assert "cannot be said: there is no object main/x" in written(paper)


@pytest.mark.parametrize(
    ("worst", "shown"), [(SafetyRisk.LOW, "low"), (SafetyRisk.MEDIUM, "medium because of x/1")]
)
def test_the_best_rating_is_nobodys_fault(worst: SafetyRisk, shown: str) -> None:
    safety = SafetyView(worst=worst, caused_by=("x/1",), family_safe=None)
    assert dict(aggregate_lines(Aggregates(safety=safety)))["safety"] == shown


def test_text_from_upstream_cannot_steer_the_terminal(paper: Console) -> None:
    tell_package(paper, PACKAGE, [Excluded("x/1", "off_topic", "\x1b]0;title\x07")])
    tell_packages(paper, [PACKAGE], 10)
    assert "\x1b" not in written(paper)
    assert "Premium [red]Auto[/red] CTV" in written(paper)


def test_the_list_says_how_many_it_left_out(paper: Console) -> None:
    tell_packages(paper, [PACKAGE, replace(PACKAGE, name="Other")], 1)
    assert "and 1 more (--packages 2 shows all)" in written(paper)


def test_settings_that_are_the_defaults_need_no_words() -> None:
    assert settings_line(PackageSettings().model_dump(mode="json")) == "defaults"
    assert settings_line(None) == "defaults"


def test_control_characters_are_left_out_and_markup_is_text() -> None:
    assert plain("a\x1b[31mb\u202ec\x07") == "a[31mbc"
    assert plain("[red]stop[/red]") == r"\[red]stop\[/red]"


def test_a_cost_that_nobody_knows_is_said() -> None:
    assert usd(0.5, 3) == "0.5000 USD + 3 calls of unknown price"


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, "-"), (4.2, "4 s"), (59.6, "1 min 00 s"), (125, "2 min 05 s")]
)
def test_times_are_short(seconds: float | None, words: str) -> None:
    assert span(seconds) == words


def test_a_pipe_gets_one_line_for_each_change(paper: Console) -> None:
    lines = Lines(paper)
    paces = {"package": Pace()}
    lines.show(PROGRESS, paces, 1.0)
    lines.show(PROGRESS, paces, 2.0)
    lines.show(replace(PROGRESS, dead_letters=2, budget_usd=None), paces, 3.0)
    first, second = written(paper).splitlines()
    assert "package 3/10 clusters (1 failed)" in first
    assert "0.5000 USD of 1.0000" in first
    assert "2 dead letters" in second


def test_a_run_that_no_service_takes_up_asks_for_the_services(paper: Console) -> None:
    Lines(paper).show(replace(PROGRESS, known=False), {}, 60.0)
    assert "are the services running?" in written(paper)
    assert "--no-watch" in written(paper)
    assert written(paper).count("\n") == 1
