"""The storm in one table, for people."""

from rich.console import Console
from rich.table import Table

from tests.chaos.checker import Verdict, count
from tests.chaos.storm import Aftermath

SHOWN = 15


def tell(terminal: Console, after: Aftermath, verdicts: list[Verdict]) -> None:
    numbers, crew = count(after.evidence), after.storm.crew
    kills = sum(times for failpoint, times in crew.hits.items() if failpoint != "freeze")
    never, once, often = numbers.finished
    waste = numbers.calls - numbers.prompts
    rows = {
        "runs / clusters / packages": f"{numbers.runs} / {numbers.clusters} / {numbers.packages}",
        "lost": str(numbers.lost),
        "item events published > 1x": str(numbers.item_events_repeated),
        "repeated records": f"{numbers.repeated}, of which {numbers.sent_again} sent again by the storm",
        "run.finished never / once / >= 2": f"{never} / {once} / {often}",
        "calls (waste)": f"{numbers.calls} ({waste}, {100 * waste / max(numbers.calls, 1):.0f} %)",
        "kills": str(kills),
        **{f"  {name}": str(times) for name, times in sorted(crew.hits.items()) if name != "freeze"},
        "frozen past their lease": str(crew.hits["freeze"]),
        "servers killed": ", ".join(after.storm.outages) or "none",
        "duration": f"{after.seconds:.0f} s",
        "seed": str(after.storm.plan.seed),
    }
    table = Table("", "storm", title_justify="left")
    for name, value in rows.items():
        table.add_row(name, value)
    terminal.print(table)
    for verdict in verdicts:
        terminal.print(f"{'x' if verdict.findings else 'ok':<3}{verdict.words}")
        for words in verdict.findings[:SHOWN]:
            terminal.print(f"     {words}", soft_wrap=True, markup=False)
        if len(verdict.findings) > SHOWN:
            terminal.print(f"     and {len(verdict.findings) - SHOWN} more")


def complaints(after: Aftermath, verdicts: list[Verdict]) -> list[str]:
    """Why this storm does not count as passed."""
    crew, plan = after.storm.crew, after.storm.plan
    found = [f"{verdict.words}: {len(verdict.findings)} findings" for verdict in verdicts if verdict.findings]
    found += [after.complaint] if after.complaint else []
    found += [f"nobody came to {place}" for place in crew.waiting]
    found += crew.unexplained
    if after.storm.bus.sent_again < plan.shape.duplicates:
        found.append(f"only {after.storm.bus.sent_again} records were sent again")
    return found
