"""Where state and downloads lie."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from local.errors import LocalError

# This package is always installed editable: it is of no use without the repository around it.
REPOSITORY = Path(__file__).resolve().parents[3]


def default_home() -> Path:
    return Path(os.environ.get("ASSORT_HOME") or REPOSITORY / "var" / "local").absolute()


@cache
def cache_folder() -> Path:
    """Jars and start-up caches, shared by all state folders of this user."""
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    for folder in (user / "assort", REPOSITORY / "var" / "cache" / "assort"):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    raise LocalError(f"neither {user} nor {REPOSITORY / 'var'} can be written: set XDG_CACHE_HOME")
