"""The Java programs: pinned by jars.lock, fetched by jgo, used only if their sha256 is the locked one.

`python -m local.jars` resolves the coordinates anew and rewrites jars.lock.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from local.errors import LocalError
from local.folders import cache_folder

LOCK = Path(__file__).with_name("jars.lock")

# "!": take this coordinate without its own version management, or jgo mixes in kafka-clients 3.9.
COORDINATES = {
    # Without the slf4j binding Kafka logs nothing.
    "kafka": "org.apache.kafka:kafka_2.13:4.3.1+org.apache.logging.log4j:log4j-slf4j-impl:2.25.4!",
    # Without the annotations s3proxy ends in NoClassDefFoundError.
    "s3": "org.gaul:s3proxy:4.1.0+com.fasterxml.jackson.core:jackson-annotations:2.21!",
}


@dataclass(frozen=True, slots=True)
class Jar:
    program: str
    coordinate: str
    sha256: str

    @property
    def path(self) -> Path:
        return cache_folder() / "jars" / (self.coordinate.replace(":", "-") + ".jar")

    def is_intact(self) -> bool:
        return self.path.exists() and sha256(self.path) == self.sha256


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def locked(program: str) -> list[Jar]:
    lines = (line.split() for line in LOCK.read_text("utf-8").splitlines() if not line.startswith("#"))
    return [Jar(*line) for line in lines if line[0] == program]


def classpath(program: str) -> str:
    """Every jar of the program, each checked against its locked sha256; what is missing is fetched first."""
    jars = locked(program)
    missing = [jar for jar in jars if not jar.is_intact()]
    if missing:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(install, missing))
    return os.pathsep.join(str(jar.path) for jar in jars)


def install(jar: Jar) -> None:
    jar.path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=jar.path.parent) as folder:
        fresh = Path(folder, jar.path.name)
        shutil.copyfile(fetch(jar.coordinate, Path(folder)), fresh)
        found = sha256(fresh)
        if found != jar.sha256:
            raise LocalError(
                f"{jar.coordinate}: sha256 is {found}, jars.lock says {jar.sha256}. The file is damaged or "
                "not the one that was locked: remove it from the local Maven repository, check the mirror in "
                "use, and run this again."
            )
        fresh.replace(jar.path)


def fetch(coordinate: str, folder: Path) -> Path:
    """From the machine's own Maven repository where it lies there, else downloaded into the folder."""
    # Imported late: it takes a third of a second and is needed once per machine.
    from jgo.config import GlobalSettings  # noqa: PLC0415
    from jgo.constants import MAVEN_CENTRAL_URL  # noqa: PLC0415
    from jgo.maven import MavenContext  # noqa: PLC0415

    group, artifact, version = coordinate.split(":")
    try:
        settings = GlobalSettings.load()
        context = MavenContext(
            repo_cache=folder / "download",
            local_repos=[settings.repo_cache],
            remote_repos={**settings.repositories, "central": MAVEN_CENTRAL_URL},
            timeout=60,
        )
        return context.project(group, artifact).at_version(version).artifact().resolve()
    except (OSError, RuntimeError) as error:
        raise LocalError(f"cannot fetch {coordinate}: {error}") from error


def resolve(program: str) -> list[Jar]:
    import jgo  # noqa: PLC0415 - as in fetch

    jars = []
    for found in jgo.resolve(COORDINATES[program]):
        coordinate = f"{found.groupId}:{found.artifactId}:{found.version}"
        with tempfile.TemporaryDirectory() as folder:
            jars.append(Jar(program, coordinate, sha256(fetch(coordinate, Path(folder)))))
    return jars


def write_lock() -> None:
    lines = [f"{jar.program} {jar.coordinate} {jar.sha256}" for name in COORDINATES for jar in resolve(name)]
    header = "# program, Maven coordinate, sha256, in class path order. Written by `python -m local.jars`."
    LOCK.write_text("\n".join([header, *lines]) + "\n", "utf-8")


if __name__ == "__main__":
    write_lock()
