"""What outlives a process: ports and passwords, kept in the state folder and readable by its owner alone."""

from __future__ import annotations

import json
import os
import random
import secrets
import socket
import threading
from pathlib import Path
from typing import cast

# Below the range from which Linux takes source ports: there a client that retries against a stopped
# server could take the server's port, or even connect to itself.
PORTS = range(20_000, 32_000)


def write_private(path: Path, text: str) -> None:
    """Replaces the file at once; nobody but the owner can read it at any moment."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(
        os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    fresh.replace(path)


def read_names(path: Path) -> dict[str, str]:
    return cast("dict[str, str]", json.loads(path.read_text("utf-8"))) if path.exists() else {}


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


class State:
    def __init__(self, home: Path) -> None:
        self._lock = threading.RLock()
        self._ports_file = home / "ports.json"
        self._passwords_file = home / "passwords.json"

    def port(self, name: str) -> int:
        """The port chosen before, else a free one that is remembered."""
        with self._lock:
            known = read_names(self._ports_file)
            return int(known[name]) if name in known else self.choose_port(name)

    def choose_port(self, name: str) -> int:
        with self._lock:
            known = read_names(self._ports_file)
            candidates = (random.choice(PORTS) for _ in range(1000))  # noqa: S311 - a port is no secret
            taken = set(known.values())
            port = next(port for port in candidates if str(port) not in taken and is_free(port))
            write_private(self._ports_file, json.dumps({**known, name: str(port)}))
            return port

    def password(self, name: str) -> str:
        with self._lock:
            known = read_names(self._passwords_file)
            if name not in known:
                known[name] = secrets.token_hex(16)
                write_private(self._passwords_file, json.dumps(known))
            return known[name]
