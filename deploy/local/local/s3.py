"""s3proxy: a real S3 interface, signatures included, over a folder."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from pathlib import Path

from local import checks
from local.endpoints import S3Account
from local.java import java, keep_cache
from local.state import write_private

LOGGING = Path(__file__).with_name("logback.xml")

PROPERTIES = """\
s3proxy.endpoint={endpoint}
s3proxy.authorization=aws-v2-or-v4
s3proxy.identity={key}
s3proxy.credential={secret}
s3proxy.v4-max-non-chunked-request-size=67108864
jclouds.provider=filesystem-nio2
jclouds.identity=local
jclouds.credential=local
jclouds.filesystem.basedir={objects}
"""


@dataclass(frozen=True, slots=True)
class S3Proxy:
    folder: Path
    account: S3Account
    name: str = "s3"
    ports: tuple[str, ...] = ("s3",)
    stop_signal: signal.Signals = signal.SIGTERM

    def prepare(self) -> None:
        objects = self.folder.resolve() / "objects"
        objects.mkdir(exist_ok=True)
        account = {"endpoint": self.account.endpoint, "key": self.account.key, "secret": self.account.secret}
        # Absolute: below a relative folder s3proxy serves objects and lists none of them.
        values = {**account, "objects": escaped(str(objects))}
        write_private(self.folder / "s3proxy.properties", PROPERTIES.format(**values))

    def command(self) -> list[str]:
        options = (f"-Dlogback.configurationFile={LOGGING}",)
        main = ("org.gaul.s3proxy.Main", "--properties", "s3proxy.properties")
        return java("s3", self.folder, *main, options=options, cached=True)

    def check(self) -> None:
        checks.port_is_open("127.0.0.1", int(self.account.endpoint.rpartition(":")[2]))
        checks.s3_answers(self.account, create=True)

    def stopped(self) -> None:
        keep_cache("s3", self.folder)


def escaped(value: str) -> str:
    """As Java reads a properties file: Latin-1, with escapes for the rest."""
    return "".join(sign if sign.isascii() else f"\\u{ord(sign):04x}" for sign in value.replace("\\", "\\\\"))
