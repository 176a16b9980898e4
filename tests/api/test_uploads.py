"""Files of products and orders over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.uploads import FileReport, UploadRead, UploadReading, UploadReceived, upload_id
from objects import open_objects, put_content
from tests.api.world import Home, Rows, client, is_problem, serving

PATH = "/api/uploads"
PRODUCTS = b"product_id,name,price\n4711,Plate,9.90\n"
ORDERS = b"order_id,placed_at,product_id\n1,2025-06-17T18:22:00Z,4711\n2,2025-06-18T18:22:00Z,4711"
FILES = {"products": ("products.csv", PRODUCTS), "orders": ("orders.csv", ORDERS)}
FORM = {"Content-Type": "multipart/form-data; boundary=x"}
REJECTED = b"line,code,words\n2,number,no price\n"


async def sent(rows: Rows, name: str) -> list[dict[str, Any]]:
    return await rows.sent_under(name)


async def read(rows: Rows, home: Home, received: UploadReceived) -> UploadReceived:
    """As the bundler does: two products rejected, no order."""
    store = open_objects(home.objects)
    rejected = await put_content(store, f"{rows.tenant}/uploads", REJECTED, count=1, suffix=".csv")
    kept = await put_content(store, f"{rows.tenant}/bodies", b"{}\n", count=1)
    report = FileReport(
        rows=3, kept=1, rejected=2, codes={"number": 2}, remarks=("read as cp1252",), rejected_rows=rejected
    )
    told = UploadRead(
        tenant=rows.tenant,
        csv_upload_id=received.csv_upload_id,
        store=received.store,
        products=kept,
        orders=kept if received.orders else None,
        product_report=report,
        order_report=FileReport(rows=2, kept=2) if received.orders else FileReport(),
    )
    await rows.upload(received, told)
    return received


async def received(rows: Rows, name: str) -> UploadReceived:
    [event] = await sent(rows, name)
    return UploadReceived.model_validate(
        {field: value for field, value in event.items() if field not in ("topic", "sent")}
    )


async def test_files_are_kept_and_the_bundler_is_told(
    runner: httpx.AsyncClient, rows: Rows, home: Home
) -> None:
    form = {"store": "lisbon", "reading": '{"currency": "EUR", "day_first": true}'}

    answer = await runner.post(PATH, files=FILES, data=form)

    assert answer.status_code == 202, answer.text
    name = answer.json()["csv_upload_id"]
    assert answer.json() == {"csv_upload_id": name, "store": "lisbon", "status": "waiting"}
    told = await received(rows, name)
    store = open_objects(home.objects)
    assert told.orders is not None
    assert await store.get(told.products.key) == PRODUCTS
    assert await store.get(told.orders.key) == ORDERS
    assert told.products.key == f"{rows.tenant}/uploads/{told.products.sha256}.csv"
    assert (told.products.count, told.orders.count) == (2, 3)
    assert told.reading == UploadReading(currency="EUR", day_first=True)
    assert told.by == "api: runner"
    read_as = (told.products, told.orders, told.reading)
    assert told.csv_upload_id == upload_id(rows.tenant, "lisbon", *read_as) == UUID(name)


async def test_an_upload_is_found_right_after_it_was_brought(runner: httpx.AsyncClient) -> None:
    name = (await runner.post(PATH, files=FILES)).json()["csv_upload_id"]

    status = (await runner.get(f"{PATH}/{name}")).json()
    start = await runner.post("/api/bundles/start", json={"csv_upload_id": name})

    assert (status["status"], status["store"], status["by"]) == ("waiting", "main", "runner")
    assert (status["products"], status["orders"], status["read_at"]) == (None, None, None)
    assert start.status_code == 202, start.text
    is_problem(await runner.get(f"{PATH}/{name}/rejected"), 409, "not_read")


async def test_the_same_files_are_one_upload_whoever_brings_them(
    address: str, rows: Rows, home: Home
) -> None:
    keys = [await rows.key("run", name=name) for name in ("ada", "bob")]
    async with client(address, keys[0]) as ada, client(address, keys[1]) as bob:
        answers = await asyncio.gather(*(each.post(PATH, files=FILES) for each in (ada, bob) * 3))
        name = answers[0].json()["csv_upload_id"]
        await read(rows, home, await received(rows, name))
        later = await ada.post(PATH, files=FILES)
        other = await ada.post(PATH, files=FILES, data={"reading": '{"day_first": true}'})
        alone = await ada.post(PATH, files={"products": FILES["products"]})

    assert {one.json()["csv_upload_id"] for one in answers} == {name}
    assert later.json() == {"csv_upload_id": name, "store": "main", "status": "read"}
    assert len(await sent(rows, name)) == 1
    assert len({name, other.json()["csv_upload_id"], alone.json()["csv_upload_id"]}) == 3


async def test_what_the_bundler_heard_of_elsewhere_is_not_told_again(
    runner: httpx.AsyncClient, rows: Rows, home: Home
) -> None:
    name = (await runner.post(PATH, files=FILES)).json()["csv_upload_id"]
    await read(rows, home, await received(rows, name))
    await rows.owner.execute("delete from outbox where convert_from(key, 'utf8') like $1", f"%{name}")
    await rows.owner.execute("delete from uploaded where csv_upload_id = $1", UUID(name))

    again = await runner.post(PATH, files=FILES)

    assert (again.json()["status"], await sent(rows, name)) == ("read", [])


async def test_a_request_that_is_sent_again_gets_the_same_answer(
    runner: httpx.AsyncClient, rows: Rows, home: Home
) -> None:
    once = {"Idempotency-Key": "upload-1"}
    first = await runner.post(PATH, files=FILES, headers=once)
    await read(rows, home, await received(rows, first.json()["csv_upload_id"]))

    second = await runner.post(PATH, files=FILES, headers=once)
    other = await runner.post(PATH, files=FILES, data={"store": "porto"}, headers=once)

    assert (first.status_code, first.json()) == (second.status_code, second.json())
    is_problem(other, 422, "idempotency_key")


async def test_an_upload_that_was_read_tells_what_became_of_each_row(
    runner: httpx.AsyncClient, rows: Rows, home: Home
) -> None:
    name = (await runner.post(PATH, files=FILES)).json()["csv_upload_id"]
    await read(rows, home, await received(rows, name))

    status = (await runner.get(f"{PATH}/{name}")).json()

    products, orders = status["products"], status["orders"]
    assert (status["status"], status["refused"]) == ("read", "")
    assert (products["rows"], products["kept"], products["rejected"]) == (3, 1, 2)
    assert (products["codes"], products["remarks"]) == ({"number": 2}, ["read as cp1252"])
    assert (orders["kept"], orders["rejected_rows"]) == (2, None)
    rejected = await runner.get(products["rejected_rows"])
    assert (rejected.content, rejected.headers["content-type"]) == (REJECTED, "text/csv; charset=utf-8")
    assert f"{name}-products-rejected.csv" in rejected.headers["content-disposition"]
    none = await runner.get(f"{PATH}/{name}/rejected", params={"file": "orders"})
    is_problem(none, 404, "none_rejected")


async def test_rejected_rows_that_are_kept_no_more_are_gone(
    runner: httpx.AsyncClient, rows: Rows, home: Home
) -> None:
    name = (await runner.post(PATH, files=FILES)).json()["csv_upload_id"]
    await read(rows, home, await received(rows, name))
    lost = """
    update bundler.upload set told = jsonb_set(told, '{product_report,rejected_rows,key}', '"t/lost.csv"')
    where csv_upload_id = $1
    """
    await rows.owner.execute(lost, UUID(name))

    is_problem(await runner.get(f"{PATH}/{name}/rejected"), 404, "gone")


async def test_an_upload_that_was_refused_says_why(runner: httpx.AsyncClient, rows: Rows) -> None:
    name = (await runner.post(PATH, files=FILES)).json()["csv_upload_id"]
    told = await received(rows, name)
    refused = UploadRead(tenant=rows.tenant, csv_upload_id=told.csv_upload_id, refused="no column is a price")
    await rows.upload(told, refused)

    status = (await runner.get(f"{PATH}/{name}")).json()

    assert (status["status"], status["refused"]) == ("refused", "no column is a price")
    assert (status["products"], status["orders"]) == (None, None)
    is_problem(await runner.get(f"{PATH}/{name}/rejected"), 404, "none_rejected")


@pytest.mark.parametrize(
    ("files", "form", "said"),
    [
        pytest.param({"orders": ORDERS}, {}, "body.products", id="no products"),
        pytest.param({"products": b""}, {}, "products is empty", id="empty products"),
        pytest.param({"products": PRODUCTS, "orders": b""}, {}, "orders is empty", id="empty orders"),
        pytest.param({"products": PRODUCTS}, {"reading": "{"}, "reading", id="a reading that is no JSON"),
        pytest.param({"products": PRODUCTS}, {"reading": "7"}, "reading", id="a reading that is no object"),
        pytest.param(
            {"products": PRODUCTS},
            {"reading": '{"day_frist": true}'},
            "reading.day_frist",
            id="a misspelling",
        ),
        pytest.param({"products": PRODUCTS}, {"store": "No Store"}, "body.store", id="no store"),
        pytest.param({"products": PRODUCTS}, {"stroe": "lisbon"}, "stroe", id="no field of ours"),
        pytest.param({"products": PRODUCTS}, {"store": ["a", "b"]}, "twice", id="a field twice"),
    ],
)
async def test_a_form_that_is_not_valid_says_what_is_wrong(
    runner: httpx.AsyncClient, rows: Rows, files: dict[str, bytes], form: dict[str, Any], said: str
) -> None:
    named = {name: (f"{name}.csv", body) for name, body in files.items()}

    problem = is_problem(await runner.post(PATH, files=named, data=form), 422, "invalid")

    assert said in f"{problem['detail']} {problem.get('errors')}"
    assert await sent(rows, "%") == []


async def test_a_form_without_chosen_orders_is_one_without_orders(
    runner: httpx.AsyncClient, rows: Rows
) -> None:
    products = 'Content-Disposition: form-data; name="products"; filename="p.csv"'
    orders = 'Content-Disposition: form-data; name="orders"; filename=""'
    form = f"--x\r\n{products}\r\n\r\n{PRODUCTS.decode()}\r\n--x\r\n{orders}\r\n\r\n\r\n--x--"

    answer = await runner.post(PATH, content=form.encode(), headers=FORM)

    assert answer.status_code == 202, answer.text
    assert (await received(rows, answer.json()["csv_upload_id"])).orders is None


async def test_a_body_that_is_no_form_is_not_valid(runner: httpx.AsyncClient) -> None:
    json = await runner.post(PATH, json={"products": "a"})
    broken = await runner.post(PATH, content=b"nonsense", headers=FORM)

    is_problem(json, 422, "invalid")
    assert "multipart/form-data" in is_problem(broken, 400, "form")["detail"]


async def test_files_have_a_limit_of_their_own(home: Home, rows: Rows) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="products"; filename="p.csv"\r\n\r\n'
        for _ in range(200):
            yield PRODUCTS

    settings = home.settings(max_body_bytes=1024, max_upload_bytes=4096)
    async with serving(settings) as address, client(address, await rows.key("run")) as runner:
        fits = await runner.post(PATH, files={"products": PRODUCTS * 50})
        large = await runner.post(PATH, files={"products": PRODUCTS * 200})
        untold = await runner.post(PATH, content=pieces(), headers=FORM)

    assert fits.status_code == 202, fits.text
    problem = is_problem(large, 413, "too_large")
    is_problem(untold, 413, "too_large")
    assert "4096" in problem["detail"]
    assert "API_MAX_UPLOAD_BYTES" in problem["detail"]


async def test_uploads_of_another_tenant_are_not_known(
    reader: httpx.AsyncClient, rows: Rows, home: Home
) -> None:
    other = Rows(rows.owner)
    file = await put_content(open_objects(home.objects), f"{other.tenant}/uploads", PRODUCTS, count=2)
    foreign = UploadReceived(tenant=other.tenant, csv_upload_id=uuid4(), products=file)
    await read(other, home, foreign)

    for path in (f"{PATH}/{foreign.csv_upload_id}", f"{PATH}/{foreign.csv_upload_id}/rejected"):
        is_problem(await reader.get(path), 404, "unknown_upload")


async def test_a_key_that_only_reads_brings_nothing(reader: httpx.AsyncClient) -> None:
    is_problem(await reader.post(PATH, files=FILES), 403, "scope")


async def test_the_audit_trail_tells_who_brought_files(admin: httpx.AsyncClient) -> None:
    name = (await admin.post(PATH, files=FILES)).json()["csv_upload_id"]

    [entry] = (await admin.get("/api/audit")).json()["entries"]

    assert (entry["action"], entry["key_name"]) == ("upload", "ops")
    assert entry["detail"] == {"csv_upload_id": name, "store": "main"}
