"""Apache Kafka, one node that is broker and controller."""

from __future__ import annotations

import base64
import signal
import uuid
from dataclasses import dataclass
from pathlib import Path

from local import checks
from local.java import java, keep_cache
from local.process import run

LOGGING = Path(__file__).with_name("log4j2.properties")

# The paths are relative to the folder that Kafka runs in, so that any name of the checkout will do.
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=data
num.network.threads=2
num.io.threads=4
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=4
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.cleaner.dedupe.buffer.size=16777216
# After kill -9 the new broker has to outwait the old one's session.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
"""


@dataclass(frozen=True, slots=True)
class Kafka:
    folder: Path
    port: int
    controller_port: int
    name: str = "kafka"
    ports: tuple[str, ...] = ("kafka", "kafka_controller")
    stop_signal: signal.Signals = signal.SIGTERM

    @property
    def servers(self) -> str:
        return f"127.0.0.1:{self.port}"

    def prepare(self) -> None:
        config = self.folder / "server.properties"
        config.write_text(PROPERTIES.format(port=self.port, controller=self.controller_port), "utf-8")
        if not (self.folder / "data" / "meta.properties").exists():
            self._format()

    def command(self) -> list[str]:
        options = (f"-Dlog4j2.configurationFile={LOGGING}",)
        return java("kafka", self.folder, "kafka.Kafka", "server.properties", options=options, cached=True)

    def check(self) -> None:
        checks.kafka_answers(self.servers)

    def stopped(self) -> None:
        keep_cache("kafka", self.folder)

    def _format(self) -> None:
        # A cluster id that begins with "-" is taken for an option.
        cluster = "c" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:]
        words = ("format", "-t", cluster, "-c", "server.properties", "--ignore-formatted")
        command = java("kafka", self.folder, "kafka.tools.StorageTool", *words)
        run(command, folder=self.folder, doing="formatting Kafka's storage")
