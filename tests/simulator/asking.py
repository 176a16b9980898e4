"""Questions as Assort asks them, and a client to ask with."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import httpx2

from simulator.testing import Simulator

Json = dict[str, Any]


def deal(number: int, **changes: Any) -> Json:
    """A premium automotive video deal; sections given are merged into its own."""
    plain: Json = {
        "deal_id": f"bidswitch.com/{number:04}",
        "deal_name": "Premium CTV Auto Inventory",
        "ssp_name": "BidSwitch",
        "format": "video",
        "taxonomy": {"tier1": "Automotive", "tier2": "Auto Parts & Accessories", "tier3": "Auto Repair"},
        "concepts": ["auto"],
        "safety": {"garm_risk_rating": "Low", "family_safe": True},
        "audience": {"inferred_audience": ["Auto Intenders"], "demographic_hint": "25-54"},
        "commercial": {
            "quality_tier": "Premium",
            "volume_tier": "High",
            "floor_price": 5.5,
            "currency": "USD",
        },
        "publishers": ["Paramount"],
    }
    return {
        name: {**value, **changes.get(name, {})} if isinstance(value, dict) else changes.get(name, value)
        for name, value in plain.items()
    }


def about(theme: str, numbers: Iterable[int], **changes: Any) -> list[Json]:
    return [deal(number, taxonomy={"tier1": theme, "tier2": theme}, **changes) for number in numbers]


def block(name: str, items: Sequence[Any]) -> str:
    lines = [json.dumps(item).replace("<", "\\u003c") for item in items]
    return "\n".join([f'<data name="{name}">', *lines, "</data>"])


def request(prompt: str, deals: Sequence[Any], *, words: str = "", **fields: Any) -> Json:
    system = (
        f'<prompt name="{prompt}" version="1"/>\nThe deals are in <data name="deals"> blocks. Answer in JSON.'
    )
    messages = [
        {"role": "system", "content": system},
        {"role": "user", "content": f"{words}\n{block('deals', deals)}\n"},
    ]
    return {"model": "gpt-4o", "messages": messages, **fields}


def proposal(deals: Sequence[Any] | None = None, **fields: Any) -> Json:
    return request("propose_packages", about("Automotive", range(6)) if deals is None else deals, **fields)


def small_talk(words: str = "Say hello.", **fields: Any) -> Json:
    return {"model": "gpt-4o", "messages": [{"role": "user", "content": words}], **fields}


class Client:
    """Asks one simulator."""

    def __init__(self, base_url: str, http: httpx2.AsyncClient) -> None:
        self._url = f"{base_url}/chat/completions"
        self._http = http

    async def ask(self, body: Json, **options: Any) -> httpx2.Response:
        return await self._http.post(self._url, json=body, **options)

    async def answer(self, body: Json) -> Any:
        """The content of a good answer, decoded."""
        response = await self.ask(body)
        assert response.status_code == 200, response.text
        return json.loads(choice(response)["message"]["content"])


def strike(simulator: Simulator, kind: str, **conditions: Any) -> None:
    simulator.set(faults=[{"kind": kind, **conditions}])


async def until(condition: Callable[[], Awaitable[bool]], *, within_seconds: float = 20) -> None:
    async with asyncio.timeout(within_seconds):
        while not await condition():  # noqa: ASYNC110 - the state is another process's as often as ours
            await asyncio.sleep(0.01)


def choice(response: httpx2.Response) -> Any:
    return response.json()["choices"][0]


def content(response: httpx2.Response) -> str:
    text = choice(response)["message"]["content"]
    assert isinstance(text, str)
    return text
