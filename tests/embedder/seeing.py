"""What a test waits to see of an embedder on real servers."""

from contracts.deals import ItemsFrozen, Snapshot
from objects import ObjectStore, get_content
from tests.runtime.conftest import Bench
from tests.until import until


async def frozen(bench: Bench, count: int = 1) -> list[ItemsFrozen]:
    return [ItemsFrozen.read(record.value) for record in await bench.published(ItemsFrozen, count)]


async def snapshot_of(store: ObjectStore, event: ItemsFrozen) -> Snapshot:
    return Snapshot.read(await get_content(store, event.snapshot))


async def known(bench: Bench, count: int) -> None:
    async def there() -> bool:
        return bool(await bench.value("select count(*) from item where not withdrawn") == count)

    await until(there, what=f"{count} deals")


async def seen(bench: Bench, query: str, what: str) -> None:
    async def there() -> bool:
        return bool(await bench.value(query))

    await until(there, what=what)
