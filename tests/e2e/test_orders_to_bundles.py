"""Orders to bundles as a user does it: publish or upload, run, watch, show, explain, compare, prove."""

import json
from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest

from cli.demo_shop import demo_orders, demo_products
from contracts import Entity
from tests.e2e.pipeline import Pipeline, new_tenant

PRODUCTS = demo_products(70)
ORDERS = list(demo_orders(PRODUCTS, 400))


@pytest.fixture(scope="module")
def bundled(shared_pipeline: Pipeline) -> tuple[str, str]:
    """Tenant and id of a run of a made-up shop, over."""
    tenant = new_tenant()
    shared_pipeline.assort(tenant, "publish", "--products", "-", typed=lines(PRODUCTS))
    shared_pipeline.assort(tenant, "publish", "--orders", "-", typed=lines(ORDERS))
    shared_pipeline.arrived(tenant, len(PRODUCTS))
    shared_pipeline.sold(tenant, len(ORDERS))
    done = shared_pipeline.assort(tenant, "run", "bundles", "--set", "describe=true")
    return tenant, done.out.splitlines()[0]


def lines(some: Sequence[Entity]) -> str:
    return "\n".join(one.canonical().decode() for one in some)


def test_bundles_are_shown_and_proven(pipeline: Pipeline, bundled: tuple[str, str]) -> None:
    tenant, run = bundled
    shown = pipeline.assort(tenant, "show", run, "--json").json
    proof = pipeline.assort(tenant, "verify", run, "--json").json

    assert shown["counts"]["bundles"] == len(shown["bundles"]) == 10
    assert shown["counts"]["placed"] + shown["counts"]["excluded"] == len(PRODUCTS)
    assert {one["named_by"] for one in shown["bundles"]} == {"model"}
    record = shown["record"]
    assert record["mining"]["orders"] == len(ORDERS)
    assert record["policy_gates"]["passed"] == record["diversity_selection"]["candidates_after_gates"]
    assert sum(one["selected"] for one in record["objective_selection"].values()) >= 2
    assert proof["proven"]
    assert proof["looked_at"]["bundles"] == 10


def test_they_are_told_in_words(pipeline: Pipeline, bundled: tuple[str, str]) -> None:
    tenant, run = bundled
    shown = pipeline.assort(tenant, "show", run).out
    watched = pipeline.assort(tenant, "watch", run).out

    assert "in bundles" in shown
    assert "pass all gates" in shown
    assert "bundle 2/2 steps" in watched
    assert "bundles" in pipeline.assort(tenant, "runs").out
    first = pipeline.assort(tenant, "show", run, "--json").json["bundles"][0]
    one = pipeline.assort(tenant, "show", run, "--bundle", first["bundle_id"][:8]).out
    assert "instead of" in one
    told = pipeline.assort(tenant, "why", first["items"][0]["product_id"], "--run", run).out
    assert "placed in" in told
    assert pipeline.assort(tenant, "why", first["items"][0]["product_id"]).out == told


def test_the_same_again_is_the_same_and_costs_nothing(pipeline: Pipeline, bundled: tuple[str, str]) -> None:
    tenant, run = bundled
    count = pipeline.assort(tenant, "show", run, "--json").json["record"]["time_budget"]["max_objectives"]
    before = pipeline.requests()
    again = pipeline.assort(
        tenant, "run", "bundles", "--set", "describe=true", "--set", f"objectives={count}"
    ).out.splitlines()[0]

    assert pipeline.requests() == before
    compared = pipeline.assort(tenant, "diff", run, again, "--json").json
    assert len(compared["bundles"]["same"]) == 10
    assert not compared["bundles"]["changed"]


def test_offers_are_held_against_orders_that_were_kept_back(
    pipeline: Pipeline, bundled: tuple[str, str]
) -> None:
    tenant, run = bundled
    told = pipeline.assort(tenant, "evaluate", "bundles", "main", "--seeds", "3", "--json").json
    found = told["offline"]
    assert found["trained_on"] == len(ORDERS) * 4 // 5
    assert found["results"]["complements"]["ndcg"] > found["results"]["popularity"]["ndcg"]
    assert told["online"] is None
    words = pipeline.assort(tenant, "evaluate", "bundles", "--run", run, "--seeds", "2").out
    assert "over popularity" in words
    missing = pipeline.assort(tenant, "evaluate", "bundles", "nowhere", code=1)
    assert "no run of bundles knows orders" in missing.err


def test_a_bundle_that_was_tampered_with_is_found(pipeline: Pipeline, bundled: tuple[str, str]) -> None:
    tenant, run = bundled
    with psycopg.connect(pipeline.dsn) as connection:
        connection.execute(
            "update bundler.bundle set bundle = jsonb_set(bundle, '{price}', '1.0')"
            " where tenant = %s and run_id = %s and rank = 3",
            (tenant, run),
        )
    findings = pipeline.assort(tenant, "verify", run, "--json", code=1).json["findings"]
    assert [one["check"] for one in findings] == [
        "the_bundles_of_the_outcome_are_those_of_the_tables_and_events"
    ]


def test_files_are_brought_and_made_into_bundles(pipeline: Pipeline, tmp_path: Path) -> None:
    tenant = new_tenant()
    products, orders = tmp_path / "products.csv", tmp_path / "orders.csv"
    products.write_text(
        "SKU;Title;Category;Unit price;Cost\n"
        + "".join(
            f"{one.product_id};{one.name};{one.category};{one.price};{one.cost or ''}\n" for one in PRODUCTS
        )
        + "bad;;;x;\n"
    )
    orders.write_text(
        "order_id,date,sku,qty\n"
        + "".join(
            f"{order.order_id},{order.placed_at.isoformat()},{line.product_id},1\n"
            for order in ORDERS
            for line in order.lines
        )
    )
    done = pipeline.assort(
        tenant,
        *("upload", str(products), str(orders), "--store", "files", "--column", "price=Unit price"),
        *("--currency", "EUR", "--rejected", str(tmp_path)),
        code=3,
    )
    csv_upload_id = done.out.splitlines()[0]
    assert f"{len(PRODUCTS) + 1} rows, {len(PRODUCTS)} kept" in done.out
    assert "bad" in (tmp_path / "rejected-products.csv").read_text("utf-8-sig")
    run = pipeline.assort(tenant, "run", "bundles", "--upload", csv_upload_id).out.splitlines()[0]
    shown = pipeline.assort(tenant, "show", run, "--json").json
    assert shown["store"] == "files"
    assert shown["record"]["csv_upload_id"] == csv_upload_id
    assert len(shown["bundles"]) == 10
    assert pipeline.assort(tenant, "verify", run, "--json").json["proven"]


def test_files_that_cannot_be_used_say_what_to_do(pipeline: Pipeline, tmp_path: Path) -> None:
    file = tmp_path / "colours.csv"
    file.write_text("colour,size\nred,3\n")
    done = pipeline.assort(new_tenant(), "upload", str(file), code=1)
    assert "colour" in done.out


def test_a_run_of_an_unknown_upload_is_refused(pipeline: Pipeline) -> None:
    tenant = new_tenant()
    unknown = "7c2c32a8-3a2f-5d2c-9d5c-3a1a6a3f0b11"
    done = pipeline.assort(tenant, "run", "bundles", "--upload", unknown, "--wait", "0", code=1)
    assert "nobody has uploaded" in done.err + done.out


def test_orders_that_are_wrong_are_refused_by_line(pipeline: Pipeline) -> None:
    wrong = json.dumps({"order_id": "1", "placed_at": "yesterday", "lines": [{"product_id": "a"}]})
    done = pipeline.assort(new_tenant(), "publish", "--orders", "-", typed=wrong, code=1)
    assert "line 1" in done.err
    assert "placed_at" in done.err
