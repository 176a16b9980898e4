"""Kafka through FastStream and aiokafka: the only file that knows how they behave."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage
from faststream.kafka.message import KafkaAckableMessage
from faststream.kafka.prometheus import KafkaPrometheusMiddleware
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512
from prometheus_client import CollectorRegistry

from contracts import Event
from runtime.envelope import Sealed
from runtime.letters import Raw
from runtime.settings import RuntimeSettings
from runtime.stage import Stage
from runtime.telemetry import Telemetry

Take = Callable[[Sequence[Raw]], Awaitable[None]]

# Items as they now are: the last value of each key is kept for ever, so that a new reader can catch up.
COMPACTED = ("deal.published.v1", "product.published.v1", "order.placed.v1")


def connect(settings: RuntimeSettings, client: str, registry: CollectorRegistry | None = None) -> KafkaBroker:
    middlewares = [KafkaPrometheusMiddleware(registry=registry, app_name=client)] if registry else []
    return KafkaBroker(
        settings.kafka_servers,
        client_id=client,
        acks="all",
        enable_idempotence=True,
        request_timeout_ms=60_000,  # shorter does not ride through the death of a broker
        allow_auto_create_topics=False,
        security=_security(settings),
        middlewares=middlewares,
        logger=logging.getLogger("runtime.faststream"),  # its own has a handler that writes no JSON
    )


class Reader:
    """Reads records by the batch; one counts as read when `take` returns."""

    def __init__(self, broker: KafkaBroker, stage: Stage, telemetry: Telemetry) -> None:
        settings = stage.settings
        self.listener = Rebalances(telemetry.rebalances.labels(stage.name).inc)
        self.prefix = settings.kafka_prefix
        self.subscriber = broker.subscriber(
            *sorted(settings.kafka_prefix + event.topic for event in stage.consumes),
            batch=True,
            group_id=settings.kafka_prefix + stage.name,
            max_records=settings.kafka_batch,
            batch_timeout_ms=settings.kafka_poll_ms,
            auto_offset_reset="earliest",
            # FastStream's default commits before the work is stored. This one rewinds when `take` raises.
            ack_policy=AckPolicy.NACK_ON_ERROR,
            session_timeout_ms=int(settings.kafka_session_seconds * 1000),
            heartbeat_interval_ms=int(settings.kafka_session_seconds * 1000 / 9),
            rebalance_timeout_ms=60_000,  # would default to the session timeout
            max_poll_interval_ms=600_000,
            listener=self.listener,
            parser=self._parse,
            decoder=_undecoded,
        )

    def feed(self, take: Take) -> None:
        async def deliver(message: KafkaMessage) -> None:
            await take([raw_of(record, self.prefix) for record in message.raw_message])

        self.subscriber(deliver)

    def hold(self, *, held: bool) -> None:
        """Stop or go on reading, and stay in the group. New partitions start unheld: call it often."""
        consumer = self.consumer
        if consumer is None:
            return
        partitions = consumer.assignment()
        change = consumer.pause if held else consumer.resume
        if partitions:
            change(*partitions)

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        return self.subscriber.consumer

    @property
    def joined(self) -> bool:
        return self.listener.assigned

    async def _parse(self, message: Any) -> KafkaAckableMessage:
        # FastStream's own parser decodes headers; one that is null or not UTF-8 makes it skip the record, and
        # the next good one commits past it. This one cannot fail.
        first = message[0]
        return KafkaAckableMessage(
            body=b"",
            headers={},
            content_type=None,
            message_id=f"{first.topic}-{first.partition}-{first.offset}",
            correlation_id=f"{first.topic}-{first.partition}-{first.offset}",
            raw_message=message,
            consumer=self.consumer,
        )


class Rebalances(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
    """Counts changes of the assignment, and knows whether there is one."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.assigned = False
        self.count = 0
        self.changed = changed

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        self.assigned = False

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self.assigned = True  # also with no partition: other workers read, this one leases
        self.count += 1
        self.changed()


async def publish(broker: KafkaBroker, batch: Sequence[Sealed], prefix: str) -> None:
    """Send in this order and wait for all. `publish_batch` would put all keys into one partition."""
    sent = [
        await broker.publish(
            sealed.value,
            topic=prefix + sealed.topic,
            key=sealed.key,
            headers=sealed.headers,
            correlation_id=str(sealed.event_id),
            no_confirm=True,
        )
        for sealed in batch
    ]
    await asyncio.gather(*sent)


async def publish_null(broker: KafkaBroker, topic: str, keys: Sequence[bytes]) -> None:
    """FastStream sends a null value only together with a key; without one it would send an empty text."""
    sent = [await broker.publish(None, topic=topic, key=key, no_confirm=True) for key in keys]
    await asyncio.gather(*sent)


async def ensure_topics(settings: RuntimeSettings, events: Iterable[type[Event]]) -> None:
    """Create what is missing. Topics that exist are left as their owner made them."""
    async with _admin(settings) as admin:
        known = set(await admin.list_topics())
        names = {event.topic for event in events}
        missing = [
            _topic(name, settings) for name in sorted(names) if settings.kafka_prefix + name not in known
        ]
        if not missing:
            return
        answer = await admin.create_topics(missing)
        for _, code, *_ in answer.topic_errors:
            if code and for_code(code) is not TopicAlreadyExistsError:
                raise for_code(code)


async def can_reach(settings: RuntimeSettings) -> bool:
    async with _admin(settings) as admin:
        return bool((await admin.describe_cluster())["brokers"])


def raw_of(record: "ConsumerRecord[bytes, bytes]", prefix: str) -> Raw:
    return Raw(
        topic=record.topic.removeprefix(prefix),
        place=f"{record.topic}[{record.partition}]@{record.offset}",
        key=record.key,
        value=record.value,
        headers=tuple(record.headers),
        timestamp_ms=record.timestamp,
        offset=record.offset,
    )


def _topic(name: str, settings: RuntimeSettings) -> NewTopic:
    configs = {"cleanup.policy": "compact"} if name in COMPACTED else {}
    name = settings.kafka_prefix + name
    return NewTopic(name, settings.kafka_partitions, settings.kafka_replication, topic_configs=configs)


@asynccontextmanager
async def _admin(settings: RuntimeSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_servers, **_admin_security(settings))
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def _undecoded(message: Any) -> Any:
    return message.body


def _tls(settings: RuntimeSettings) -> ssl.SSLContext | None:
    if "SSL" not in settings.kafka_security_protocol:
        return None
    return ssl.create_default_context(cafile=settings.kafka_ca_file)


def _security(settings: RuntimeSettings) -> BaseSecurity | None:
    tls = _tls(settings)
    if "SASL" not in settings.kafka_security_protocol:
        return BaseSecurity(ssl_context=tls, use_ssl=True) if tls else None
    kinds = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}
    return kinds[settings.kafka_sasl_mechanism](
        username=settings.kafka_username,
        password=settings.kafka_password,
        ssl_context=tls,
        use_ssl=tls is not None,
    )


def _admin_security(settings: RuntimeSettings) -> dict[str, Any]:
    options: dict[str, Any] = {
        "security_protocol": settings.kafka_security_protocol,
        "ssl_context": _tls(settings),
    }
    if "SASL" in settings.kafka_security_protocol:
        options |= {
            "sasl_mechanism": settings.kafka_sasl_mechanism,
            "sasl_plain_username": settings.kafka_username,
            "sasl_plain_password": settings.kafka_password,
        }
    return options
