"""`assort publish FILE`"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from cli.connections import publishing
from cli.console import console, plain
from cli.domain.feed import EVENTS, Accepted, FeedKind, FeedRules, Refusal, read_feed, repeated
from cli.domain.run_ids import checked_ids
from cli.errors import CliError, Exit
from cli.scope import tenant_of
from contracts import Event
from contracts.safety import SafetyScale

CHUNK = 500
SHOWN = 50


def publish(
    context: typer.Context,
    *,
    file: Annotated[str | None, typer.Argument(help="JSON list, JSON lines or CSV; - for stdin.")] = None,
    products: Annotated[bool, typer.Option("--products", help="The file holds products, not deals.")] = False,
    orders: Annotated[bool, typer.Option("--orders", help="The file holds orders of a store.")] = False,
    withdraw: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID",
            help="Take back a deal, like bidswitch.com/3001, a product or STORE/ORDER; repeatable.",
        ),
    ] = None,
    strict: Annotated[bool, typer.Option(help="Publish nothing if one of them is refused.")] = False,
    currency: Annotated[str, typer.Option(help="Of floors that name none.")] = "USD",
    safety_scale: Annotated[
        SafetyScale,
        typer.Option(help="What the feed means by its ratings: is Floor the worst or the best?"),
    ] = SafetyScale.IAB,
) -> None:
    """Publish deals, products or orders from a file, or withdraw them.

    Exit code: 1 if one was refused; each is named with line, field and reason; the others are published.
    """
    if (file is None) == (not withdraw):
        raise CliError(
            "name a FILE of deals, products or orders (- for stdin), or --withdraw ID", Exit.UNFINISHED
        )
    if products and orders:
        raise CliError("a file holds products or orders: say --products or --orders", Exit.UNFINISHED)
    tenant, kind = tenant_of(context), _kind(products=products, orders=orders)
    if withdraw:
        asyncio.run(_withdraw(tenant, checked_ids(withdraw) if kind == "deal" else withdraw, kind))
        return
    rules = FeedRules(tenant, currency, safety_scale, kind)
    good, bad = _sorted(_text(file or ""), rules)
    if good and not (strict and bad):
        asyncio.run(publish_events([one.event for one in good]))
    _report(good, bad, rules, strict=strict)


def _kind(*, products: bool, orders: bool) -> FeedKind:
    if orders:
        return "order"
    return "product" if products else "deal"


def _text(file: str) -> str:
    try:
        body = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return body.decode()
    except OSError as error:
        raise CliError(f"cannot read {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CliError(f"{file} is not UTF-8 (byte {error.start})") from error


def _sorted(text: str, rules: FeedRules) -> tuple[list[Accepted], list[Refusal]]:
    good: list[Accepted] = []
    bad: list[Refusal] = []
    for one in read_feed(text, rules):
        if isinstance(one, Accepted):
            good.append(one)
        else:
            bad.append(one)
    return good, bad


async def publish_events(events: Sequence[Event]) -> None:
    terminal = console()
    with terminal.status("publishing") as status:
        async with publishing(*EVENTS.values()) as publisher:
            for start in range(0, len(events), CHUNK):
                await publisher.publish(events[start : start + CHUNK])
                status.update(f"published {min(start + CHUNK, len(events))} of {len(events)}")


async def _withdraw(tenant: str, ids: Sequence[str], kind: FeedKind) -> None:
    event = EVENTS[kind]
    async with publishing(event) as publisher:
        await publisher.withdraw(event, [f"{tenant}/{item}" for item in ids])
    console().print(f"withdrew {len(ids)} {kind}s")


def _report(good: list[Accepted], bad: list[Refusal], rules: FeedRules, *, strict: bool) -> None:
    for refusal in bad[:SHOWN]:
        print(f"refused: {refusal}", file=sys.stderr)
    if len(bad) > SHOWN:
        print(f"... and {len(bad) - SHOWN} more", file=sys.stderr)
    again = repeated(good)
    words = f"published {len(good)} {rules.kind}s" if not (strict and bad) else "published nothing (--strict)"
    twice = f"; {again} came again later in the file: the last one counts" if again else ""
    refused = f", refused {len(bad)}" if bad else ""
    console().print(plain(f"{words}{refused}{twice}"))
    if bad:
        raise typer.Exit(Exit.FAILED)
    if not good:
        raise CliError(f"the file holds no {rules.kind}")
