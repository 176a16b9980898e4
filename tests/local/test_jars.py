"""Java programs are run from locked files alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from local import LocalError, jars
from local.jars import COORDINATES, Jar, install, locked


@pytest.mark.parametrize("program", COORDINATES)
def test_the_lock_begins_with_what_is_asked_for(program: str) -> None:
    asked = COORDINATES[program].removesuffix("!").split("+")
    assert [jar.coordinate for jar in locked(program)[: len(asked)]] == asked


def test_the_lock_holds_names_and_checksums_and_no_address() -> None:
    assert "//" not in jars.LOCK.read_text("utf-8")
    assert all(len(jar.sha256) == 64 for program in COORDINATES for jar in locked(program))


def test_a_jar_with_another_checksum_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    good = locked("s3")[0]
    tampered = Jar("s3", good.coordinate, "0" * 64)
    monkeypatch.setattr(jars, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr(jars, "fetch", lambda *_: jars.LOCK)

    with pytest.raises(LocalError, match=r"org\.gaul:s3proxy.*jars\.lock says 0000"):
        install(tampered)
    assert list((tmp_path / "jars").iterdir()) == []
