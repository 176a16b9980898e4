"""What people type: ids, settings, files of addresses."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from cli.domain.endpoints import endpoint
from cli.domain.overrides import full_name, known, package_settings, with_fresh
from cli.domain.run_ids import checked_ids, read_ids
from cli.environment import read, required, settings
from cli.errors import CliError, Exit
from contracts.deals import PackagesRequested
from contracts.run_ids import run_id
from contracts.settings import ClusterSettings, PackageSettings


def test_a_run_id_is_in_utc_and_fits_the_contract() -> None:
    at = datetime(2026, 11, 21, 4, 15, 30, tzinfo=timezone(timedelta(hours=1)))
    name = run_id(at, "0123abcd")
    assert name == "RUN_20261121T031530Z_0123abcd"
    assert PackagesRequested(run_id=name).run_id == name


def test_later_runs_sort_after_earlier_ones() -> None:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    assert run_id(at, "ffffffff") < run_id(at + timedelta(seconds=1), "00000000")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('["b.com/2", "a.com/1", "b.com/2"]', id="a JSON list"),
        pytest.param("b.com/2\n\na.com/1\n# a note\nb.com/2\n", id="lines"),
    ],
)
def test_ids_come_sorted_and_once(text: str) -> None:
    assert read_ids(text) == ["a.com/1", "b.com/2"]


@pytest.mark.parametrize("name", ["3001", "/3001", "bidswitch.com/"])
def test_an_id_without_its_origin_is_refused_with_a_hint(name: str) -> None:
    with pytest.raises(CliError, match=r"write its origin too, like bidswitch.com/3001"):
        checked_ids([name])


@pytest.mark.parametrize("text", ["[1]", "[", '[{"deal_id": "1"}]'])
def test_a_list_of_something_else_is_refused(text: str) -> None:
    with pytest.raises(CliError):
        read_ids(text)


def test_settings_are_named_in_full_or_by_their_last_part() -> None:
    chosen = package_settings(
        ["clusters.max_deals_per_cluster=15", "min_cluster_size=3", "packing.llm.model=gpt-4o"]
    )
    assert chosen.clusters == ClusterSettings(max_deals_per_cluster=15, min_cluster_size=3)
    assert chosen.packing.llm.model == "gpt-4o"
    assert chosen.enrichment == PackageSettings().enrichment


def test_no_settings_are_the_defaults() -> None:
    assert package_settings([]) == PackageSettings()


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        pytest.param("clusters.max=15", "there is no such setting", id="unknown"),
        pytest.param("model=gpt-4o", "which one", id="ambiguous"),
        pytest.param("seed", "write it as name=value", id="no value"),
        pytest.param("clusters.seed=-1", "clusters.seed", id="out of range"),
        pytest.param("max_deals_per_cluster=2", "min_cluster_size must not exceed", id="sizes that disagree"),
    ],
)
def test_a_wrong_setting_is_explained(word: str, reason: str) -> None:
    with pytest.raises(CliError, match=reason):
        package_settings([word])


def test_every_setting_can_be_named() -> None:
    for name in known():
        assert full_name(name) == name


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "var" / "local"
    folder.mkdir(parents=True)
    (folder / "credentials.env").write_text(
        "# servers\nKAFKA_SERVERS=127.0.0.1:1\nexport POSTGRES_DSN='postgresql://a:b c@h/d'\n\n"
    )
    return tmp_path


def test_the_file_of_this_folder_is_read_when_nothing_is_set(home: Path) -> None:
    assert settings({}, home, None) == {
        "KAFKA_SERVERS": "127.0.0.1:1",
        "POSTGRES_DSN": "postgresql://a:b c@h/d",
    }


def test_the_environment_wins_over_the_file_of_this_folder(home: Path) -> None:
    assert settings({"POSTGRES_DSN": "postgresql://elsewhere"}, home, None) == {}


def test_a_file_that_is_named_wins_over_all(home: Path, tmp_path: Path) -> None:
    named = tmp_path / "other.env"
    named.write_text("KAFKA_SERVERS=127.0.0.1:2\n")
    assert settings({"KAFKA_SERVERS": "x"}, home, named) == {"KAFKA_SERVERS": "127.0.0.1:2"}


def test_assort_home_says_where_the_file_is(home: Path, tmp_path: Path) -> None:
    assert settings({"ASSORT_HOME": str(home / "var" / "local")}, tmp_path / "nowhere", None)


def test_without_a_file_nothing_is_added(tmp_path: Path) -> None:
    assert settings({}, tmp_path, None) == {}


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CliError, match="cannot read"):
        read(tmp_path / "none.env")


def test_a_broken_line_is_named_without_its_secret(tmp_path: Path) -> None:
    file = tmp_path / "broken.env"
    file.write_text("S3_SECRET='half\n")
    with pytest.raises(CliError) as error:
        read(file)
    assert "S3_SECRET" in error.value.words
    assert "half" not in error.value.words


def test_without_servers_one_line_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAFKA_SERVERS", raising=False)
    with pytest.raises(CliError, match="make up") as error:
        required("KAFKA_SERVERS")
    assert error.value.code is Exit.NO_SERVER
    assert "\n" not in error.value.words


@pytest.mark.parametrize(
    ("environment", "simulated", "added"),
    [
        pytest.param({}, True, {"LLM_PROFILE": "simulator"}, id="no key"),
        pytest.param({"GEMINI_API_KEY": "k"}, False, {"LLM_PROFILE": "gemini"}, id="gemini"),
        pytest.param(
            {"OPENAI_API_KEY": "k"},
            False,
            {"LLM_PROFILE": "openai", "GEMINI_MODEL_NAME": "gpt-4o"},
            id="openai",
        ),
        pytest.param({"LLM_API_KEY": "k", "LLM_PROFILE": "vllm"}, False, {}, id="set up by hand"),
    ],
)
def test_a_demo_uses_the_real_model_where_a_key_is_set(
    environment: dict[str, str], *, simulated: bool, added: dict[str, str]
) -> None:
    chosen = endpoint(environment)
    assert (chosen.simulated, dict(chosen.settings)) == (simulated, added)
    assert ("simulator" in chosen.words) == simulated


def test_settings_of_a_base_stay_except_for_those_that_are_set() -> None:
    base = package_settings(["currency=EUR", "min_deals=4"])

    chosen = package_settings(["min_deals=5", "probability_threshold=0.2"], base)

    assert (chosen.enrichment.currency, chosen.packing.min_deals) == ("EUR", 5)
    assert chosen.clusters.probability_threshold == 0.2
    assert package_settings([], base) == base


def test_new_answers_are_numbered_for_both_stages() -> None:
    chosen = with_fresh(package_settings(["packing.llm.temperature=0.3"]), 3, 2)

    assert (chosen.packing.llm.fresh, chosen.enrichment.llm.fresh) == (3, 2)
    assert chosen.packing.llm.temperature == 0.3


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        pytest.param("model=x", r"which one\? packing.llm.model, enrichment.llm.model", id="ambiguous"),
        pytest.param("probability_threshold=2", "clusters.probability_threshold: .*less than", id="value"),
        pytest.param("packing.llm.temperature=hot", "packing.llm.temperature: .*valid number", id="kind"),
        pytest.param("min_cluster_size=30", "min_cluster_size must not exceed", id="both together"),
    ],
)
def test_a_setting_that_cannot_be_says_which_and_why(word: str, reason: str) -> None:
    with pytest.raises(CliError, match=reason):
        package_settings([word])


def test_every_setting_can_be_set_by_its_full_name_to_its_own_default() -> None:
    document = PackageSettings().model_dump(mode="json")
    for name in known():
        value: Any = document
        for part in name.split("."):
            value = value[part]
        assert package_settings([f"{name}={json.dumps(value)}"]) == PackageSettings(), name
