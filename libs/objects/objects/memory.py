"""Objects that live as long as the process: for tests of one worker."""

from objects.store import ObjectMissing, checked_key


class MemoryObjects:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    async def put(self, key: str, body: bytes, *, content_type: str = "application/json") -> bool:
        return self.objects.setdefault(checked_key(key), body) is body

    async def get(self, key: str) -> bytes:
        try:
            return self.objects[checked_key(key)]
        except KeyError:
            raise ObjectMissing(key) from None

    async def exists(self, key: str) -> bool:
        return checked_key(key) in self.objects

    async def remove(self, key: str) -> None:
        self.objects.pop(checked_key(key), None)

    async def list(self, prefix: str) -> list[str]:
        return sorted(key for key in self.objects if key.startswith(prefix))
