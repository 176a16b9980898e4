"""The command line itself, as a user meets it when something is missing or wrong. No server is needed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = (
    "demo",
    "publish",
    "run",
    "plan",
    "runs",
    "watch",
    "show",
    "why",
    "verify",
    "export",
    "backfill",
    "pause",
    "resume",
    "cancel",
    "retry",
    "enrich",
    "follow",
    "unfollow",
    "diff",
    "budget",
    "dead",
)
DEAL = {"deal_id": "1", "deal_name": "Deal", "ssp_name": "BidSwitch"}
NOBODY = {"KAFKA_SERVERS": "127.0.0.1:9", "POSTGRES_DSN": "postgresql://u:secret@127.0.0.1:9/assort"}


def assort(
    folder: Path, *words: str, environment: dict[str, str] | None = None, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli", *words],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **(environment or {})},
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_names_every_command_and_the_exit_codes(tmp_path: Path) -> None:
    shown = assort(tmp_path, "--help").stdout
    assert [command for command in COMMANDS if f" {command} " not in shown] == []
    assert "Exit codes" in shown


@pytest.mark.parametrize(
    "command",
    ["runs", "watch", "show", "verify", "why 1", "pause x", "dead list", "diff a b", "follow x", "enrich x"],
)
def test_without_servers_one_line_says_to_start_them(tmp_path: Path, command: str) -> None:
    done = assort(tmp_path, *command.split())
    assert done.returncode == 4
    assert done.stderr.count("\n") == 1
    assert "make up" in done.stderr


def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    done = assort(tmp_path, "runs", environment=NOBODY)
    assert done.returncode == 4
    assert "Postgres at 127.0.0.1:9/assort does not answer" in done.stderr
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr


def test_strict_publishes_nothing_when_one_deal_is_bad(tmp_path: Path) -> None:
    """Kafka does not answer, so that anything published would be an error of its own."""
    file = tmp_path / "deals.jsonl"
    file.write_text(json.dumps(DEAL) + '\n{"deal_id": "2"}\n')
    done = assort(tmp_path, "publish", str(file), "--strict", environment=NOBODY)
    assert done.returncode == 1
    assert "refused: line 2 (2): deal_name: Field required" in done.stderr
    assert "published nothing (--strict), refused 1" in done.stdout


def test_a_file_of_bad_deals_only_needs_no_server(tmp_path: Path) -> None:
    done = assort(tmp_path, "publish", "-", typed="nonsense\n")
    assert done.returncode == 1
    assert "refused: line 1" in done.stderr


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        pytest.param(["publish"], "name a FILE", id="nothing to publish"),
        pytest.param(["publish", "none.json"], "cannot read none.json", id="no such file"),
        pytest.param(["publish", "--withdraw", "3001"], "write its origin too", id="withdraw without origin"),
        pytest.param(["run", "packages", "--set", "x=1"], "no such setting", id="unknown setting"),
        pytest.param(["run", "packages", "a.com/1", "--deals", "f"], "not both", id="deals named twice"),
        pytest.param(["run", "packages", "--quiet", "5"], "add --follow", id="quiet without follow"),
        pytest.param(["run", "packages", "--set", "model=x"], "which one?", id="ambiguous setting"),
        pytest.param(["dead", "replay"], "name letters, or --all", id="no letter"),
        pytest.param(["--env-file", "none.env", "runs"], "cannot read none.env", id="no such env file"),
    ],
)
def test_wrong_usage_is_one_line_that_says_what_to_do(tmp_path: Path, words: list[str], reason: str) -> None:
    done = assort(tmp_path, *words, environment=NOBODY)
    assert done.returncode in (1, 2)
    assert reason in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1
