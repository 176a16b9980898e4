"""`assort upload`"""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from pydantic import ValidationError

from cli.bundles.uploading import Told, awaited
from cli.bundles.uploading import upload as bring
from cli.connections import open_store
from cli.console import console, plain
from cli.errors import CliError, Exit
from cli.scope import tenant_of
from contracts.event import describe
from contracts.order import DEFAULT_STORE
from contracts.uploads import UploadReading

Columns = Annotated[
    list[str] | None,
    typer.Option(metavar="OURS=THEIRS", help="What a column is called in the file of products; repeatable."),
]
OrderColumns = Annotated[
    list[str] | None, typer.Option(metavar="OURS=THEIRS", help="The same in the file of orders.")
]


def upload(
    context: typer.Context,
    products: Annotated[Path, typer.Argument(metavar="PRODUCTS.csv", help="What the store sells.")],
    orders: Annotated[
        Path | None, typer.Argument(metavar="ORDERS.csv", help="What it has sold; none: a new store.")
    ] = None,
    *,
    store: Annotated[str, typer.Option(help="Whose files they are.")] = DEFAULT_STORE,
    column: Columns = None,
    order_column: OrderColumns = None,
    currency: Annotated[str | None, typer.Option(help="Where rows name none.")] = None,
    time_zone: Annotated[str, typer.Option(help="Of times without one, like Europe/Berlin.")] = "UTC",
    day_first: Annotated[bool, typer.Option(help="3/4/2026 is the third of April.")] = False,
    wait: Annotated[float, typer.Option(min=0, max=3600, metavar="SECONDS", help="For the reading.")] = 60,
    rejected: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write rejected rows there, with reasons.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Bring CSV files of a store: its products, and its orders if it has any.

    Prints the id of the upload, then what became of the rows. Exit code: 0 every row is kept or means
    nothing, 3 rows were rejected, 1 the files cannot be used, 2 not read yet.
    """
    reading = _reading(column, order_column, currency, time_zone, day_first=day_first)
    tenant = tenant_of(context)
    csv_upload_id = asyncio.run(bring(tenant, store, products, orders, reading))
    if not as_json:
        print(csv_upload_id, flush=True)
    told = asyncio.run(awaited(tenant, csv_upload_id, wait)) if wait else None
    if told and rejected:
        _write(asyncio.run(_rejected_rows(told)), rejected)
    if as_json:
        print(json.dumps(_document(csv_upload_id, told), indent=2))
    elif told is not None:
        _say(told, csv_upload_id)
    raise typer.Exit(_code(told))


def _reading(
    column: list[str] | None,
    order_column: list[str] | None,
    currency: str | None,
    time_zone: str,
    *,
    day_first: bool,
) -> UploadReading:
    try:
        return UploadReading(
            product_columns=_pairs(column),
            order_columns=_pairs(order_column),
            currency=currency,
            time_zone=time_zone,
            day_first=day_first,
        )
    except ValidationError as error:
        raise CliError(describe(error), Exit.UNFINISHED) from error


def _pairs(given: list[str] | None) -> dict[str, str]:
    pairs = [one.partition("=") for one in given or []]
    for ours, sign, theirs in pairs:
        if not (ours and sign and theirs):
            raise CliError(
                f"{ours}{sign}{theirs}: write OURS=THEIRS, like price='Unit price'", Exit.UNFINISHED
            )
    return {ours: theirs for ours, _, theirs in pairs}


def _reports(told: Told) -> list[tuple[str, dict[str, Any]]]:
    found = [("products", told.product_report), ("orders", told.order_report)]
    return [(name, report) for name, report in found if report and report["rows"]]


def _say(told: Told, csv_upload_id: UUID) -> None:
    terminal = console()
    if told.refused:
        terminal.print(f"[red]refused[/red]: {plain(told.refused)}", soft_wrap=True)
        return
    for name, report in _reports(told):
        terminal.print(
            f"{name}: {report['rows']} rows, {report['kept']} kept, {report['skipped']} skipped,"
            f" {report['rejected']} rejected",
            soft_wrap=True,
        )
        for code, rows in report["codes"].items():
            terminal.print(f"  {rows} rejected: {plain(code)}", soft_wrap=True)
        for remark in report["remarks"]:
            terminal.print(f"  {plain(remark)}", soft_wrap=True)
    terminal.print(f"next: `assort run bundles --upload {csv_upload_id}`")


async def _rejected_rows(told: Told) -> dict[str, bytes]:
    """By the name of the file they were in."""
    named = {name: report["rejected_rows"] for name, report in _reports(told) if report["rejected_rows"]}
    return {name: await open_store().get(reference["key"]) for name, reference in named.items()}


def _write(rows: dict[str, bytes], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, body in rows.items():
        (folder / f"rejected-{name}.csv").write_bytes(body)


def _document(csv_upload_id: UUID, told: Told | None) -> dict[str, Any]:
    return {
        "csv_upload_id": str(csv_upload_id),
        "read": told is not None,
        "refused": told.refused or None if told else None,
        "products": told.product_report if told else None,
        "orders": told.order_report if told else None,
    }


def _code(told: Told | None) -> Exit:
    if told is None:
        return Exit.UNFINISHED
    if told.refused:
        return Exit.FAILED
    return Exit.WITH_FAILURES if any(report["rejected"] for _, report in _reports(told)) else Exit.OK
