"""How far a group has read, and how to make it read everything again."""

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient


async def committed(kafka: str, group: str) -> int:
    """How many records the group has said to have read."""
    return sum((await _offsets(kafka, group)).values())


async def rewind(kafka: str, group: str) -> None:
    """Let the group, which has no member now, begin each of its topics again."""
    places = await _offsets(kafka, group)
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(list(places))
        await consumer.commit(dict.fromkeys(places, 0))
    finally:
        await consumer.stop()


async def _offsets(kafka: str, group: str) -> dict[TopicPartition, int]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    return {place: read.offset for place, read in offsets.items() if read.offset >= 0}
