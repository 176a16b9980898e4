"""Where the servers are: the environment, else the file that `make up` writes."""

import getpass
import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from cli.errors import CliError, Exit

NAMES = ("KAFKA_SERVERS", "POSTGRES_DSN", "POSTGRES_READ_DSN", "STORAGE_BACKEND", "S3_ENDPOINT")
FILE_NAME = "credentials.env"


def settings(environment: Mapping[str, str], folder: Path, env_file: Path | None) -> dict[str, str]:
    """What to add to the environment. A file named by the user wins; else what is set is left alone."""
    if env_file is not None:
        return read(env_file)
    if any(environment.get(name) for name in NAMES):
        return {}
    home = Path(environment["ASSORT_HOME"]) if environment.get("ASSORT_HOME") else folder / "var" / "local"
    file = home / FILE_NAME
    return read(file) if file.exists() else {}


def read(file: Path) -> dict[str, str]:
    try:
        lines = file.read_text("utf-8").splitlines()
    except OSError as error:
        raise CliError(f"cannot read {file}: {error.strerror}") from error
    return dict(_setting(line, file) for line in lines if line.strip() and not line.lstrip().startswith("#"))


def required(name: str, *others: str) -> str:
    """The first of these variables that is set."""
    for candidate in (name, *others):
        if os.environ.get(candidate):
            return os.environ[candidate]
    raise CliError(
        f"{name} is not set and there is no var/local/{FILE_NAME} here: run `make up` in the folder of the"
        " repository, or name a file with --env-file",
        Exit.NO_SERVER,
    )


def _setting(line: str, file: Path) -> tuple[str, str]:
    try:
        (setting,) = [word for word in shlex.split(line, comments=True) if word != "export"]
    except ValueError as error:
        raise CliError(f"{file}: cannot read the line {line.partition('=')[0]}=...") from error
    name, equals, value = setting.partition("=")
    if not equals:
        raise CliError(f"{file}: {name} has no value")
    return name, value


def operator() -> str:
    """Who types."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return ""
