"""Runs over HTTP through all services: started, followed as they go, read, told of."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from cli.demo_products import CATEGORY, generate_products
from ranking.graph.reading import read_folder
from ranking.graph.sample import write_sample
from tests.api.processes import process
from tests.e2e.pipeline import Pipeline

COUNT = 60


def key_of(pipeline: Pipeline, tenant: str, scope: str) -> str:
    words = ("-m", "api", "keys", "create", "--scopes", scope, "--name", "ada", "--tenant", tenant)
    done = subprocess.run(
        [sys.executable, *words], env=dict(pipeline.environment), capture_output=True, text=True, check=True
    )
    return str(json.loads(done.stdout.splitlines()[-1])["key"])


async def events_of(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    """All that a stream tells until it ends."""
    async with client.stream("GET", path, timeout=90) as stream:
        lines = [line async for line in stream.aiter_lines()]
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]


async def test_a_segmentation_over_http(pipeline: Pipeline, tenant: str) -> None:
    text = "\n".join(json.dumps(one.product) for one in generate_products(COUNT))
    await asyncio.to_thread(pipeline.assort, tenant, "publish", "--products", "-", typed=text)
    ids = await asyncio.to_thread(pipeline.arrived, tenant, COUNT)
    key = await asyncio.to_thread(key_of, pipeline, tenant, "run")
    body = {"product_ids": [int(name) if name.isdecimal() else name for name in ids], "category": CATEGORY}
    async with (
        process(pipeline.environment) as address,
        httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {key}"}) as client,
    ):
        started = (await client.post("/api/segmentation/start", json=body)).json()
        path = f"/api/segmentation/{started['run_id']}"
        found = await client.get(f"{path}/status")
        told = await events_of(client, f"{path}/events")
        results = (await client.get(f"{path}/results", params={"limit": 1000})).json()
        status = (await client.get(f"{path}/status")).json()

    assert (started["status"], started["total_products"]) == ("started", COUNT)
    assert found.status_code == 200
    assert told[-1]["status"] == "completed"
    assert (status["status"], status["progress_percent"]) == ("completed", 100)
    assert sorted(str(one["product_id"]) for one in results["segments"]) == sorted(ids)
    assert {type(one["product_id"]) for one in results["segments"]} == {int, str}
    taxonomies = {one["id"]: one["product_count"] for one in results["taxonomies"]}
    assert sum(taxonomies.values()) == COUNT
    history = (await asyncio.to_thread(pipeline.assort, tenant, "history", started["run_id"], "--json")).json
    assert history[0]["asked_by"] == "api: ada"
    proof = await asyncio.to_thread(pipeline.assort, tenant, "verify", started["run_id"], "--json")
    assert proof.json["proven"]


async def test_ranking_data_of_a_graph_over_http(pipeline: Pipeline, tenant: str, tmp_path: Path) -> None:
    write_sample(tmp_path, 12)
    nodes = [node.model_dump(mode="json") for node in read_folder(tmp_path)]
    key = await asyncio.to_thread(key_of, pipeline, tenant, "run")
    body = {"graph": nodes, "settings": {"num_clusters": 6, "seed": 3}}
    async with (
        process(pipeline.environment) as address,
        httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {key}"}) as client,
    ):
        answer = await client.post("/api/ranking_data/start", json=body)
        assert answer.status_code == 202, answer.text
        path = f"/api/ranking_data/{answer.json()['run_id']}"
        told = await events_of(client, f"{path}/events")
        results = (await client.get(f"{path}/results")).json()
        records = (await client.get(f"{path}/dataset")).json()
        positives = (await client.get(f"{path}/records", params={"label": 1, "limit": 1000})).json()

    assert told[-1]["status"] == "completed"
    assert results["report"]["seed"] == 3
    assert {record["label"] for record in records} == {0, 1}
    assert len(positives["records"]) == sum(record["label"] for record in records)
    proof = await asyncio.to_thread(pipeline.assort, tenant, "verify", answer.json()["run_id"], "--json")
    assert proof.json["proven"]
