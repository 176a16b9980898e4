"""A worker that asks one question in a process of its own: python -m tests.llm.asker '<json>'."""

import asyncio
import json
import sys
from pathlib import Path

import asyncpg

from llm import LanguageModel, Ledger, LlmSettings
from objects import ObjectSettings, open_objects
from tests.llm.questions import fruit_prompt, question


async def main(order: dict[str, str]) -> None:
    async with asyncpg.create_pool(order["dsn"], min_size=1, max_size=4) as pool:
        settings = LlmSettings(llm_profile="vllm", llm_base_url=order["base_url"])
        model = LanguageModel(settings, open_objects(ObjectSettings()), Ledger(pool))
        prompt = fruit_prompt(Path(order["folder"]))
        await model.ask(question(prompt, order["tenant"], run_id=order["run_id"]))


asyncio.run(main(json.loads(sys.argv[1])))
