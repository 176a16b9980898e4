"""The encoders, off the event loop."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from contracts import Unavailable
from encoder import Encoder, EncoderMissing, EncoderSettings, load_encoder

Load = Callable[[EncoderSettings], Encoder]


class ThreadedEncoder:
    """One thread: torch uses the cores by itself, and lets go of the interpreter while it does."""

    def __init__(self, encoder: Encoder, thread: ThreadPoolExecutor) -> None:
        self.encoder = encoder
        self.thread = thread

    @property
    def model(self) -> str:
        return str(self.encoder.identity)

    async def encode(self, texts: list[str]) -> NDArray[np.float32]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.thread, self.encoder.encode, texts)


class ThreadedModels:
    """The default model, ready, and others by name: each is loaded once, when it is first asked for."""

    def __init__(
        self,
        default: Encoder,
        others: Mapping[str, EncoderSettings],
        thread: ThreadPoolExecutor,
        load: Load = load_encoder,
    ) -> None:
        self.default = ThreadedEncoder(default, thread)
        self.others = others
        self.thread = thread
        self.load = load
        self.loaded = {default.identity.name: self.default}
        self.turn = asyncio.Lock()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted({*self.loaded, *self.others}))

    async def named(self, name: str | None) -> ThreadedEncoder | None:
        if name is None:
            return self.default
        async with self.turn:
            if name not in self.loaded and name in self.others:
                self.loaded[name] = ThreadedEncoder(await self._load(name), self.thread)
        return self.loaded.get(name)

    async def _load(self, name: str) -> Encoder:
        try:
            return await asyncio.to_thread(self.load, self.others[name])
        except EncoderMissing as error:  # somebody has to install it: until then the work waits, visibly
            raise Unavailable(f"the model {name} cannot be loaded: {error}", 15) from error


@contextmanager
def in_thread(
    encoder: Encoder, others: Mapping[str, EncoderSettings] | None = None, load: Load = load_encoder
) -> Iterator[ThreadedModels]:
    thread = ThreadPoolExecutor(1, thread_name_prefix="encoder")
    try:
        yield ThreadedModels(encoder, others or {}, thread, load)
    finally:
        thread.shutdown(wait=False, cancel_futures=True)
