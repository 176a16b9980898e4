"""Packages of a demonstration to ranking data."""

from pathlib import Path
from typing import Final

from rich.rule import Rule

from cli.commands.verify import collect, findings, say_proof
from cli.connections import Connection, Store, open_store, open_views
from cli.console import console, plain
from cli.domain.progress import exit_code
from cli.errors import Exit
from cli.ranking.asking import RankingWish, ask
from cli.ranking.results import RankingData, data_of, result_of
from cli.ranking.showing import show_run
from cli.ranking.stories import say as say_story
from cli.ranking.stories import tell
from cli.ranking.writing import Files, write
from cli.reading import RunRow, latest
from cli.watching import follow
from contracts.ranking import RankingSettings

CLUSTERS: Final = 20
LISTED: Final = 5


async def demonstrate(tenant: str, packages_run: str, folder: Path) -> int:
    """Of the packages that were just made, with the seed that makes the same again."""
    terminal, store = console(), open_store()
    terminal.print(Rule(f"assort run ranking-data --packages {packages_run}", align="left"))
    asked = await ask(RankingWish(tenant, RankingSettings(num_clusters=CLUSTERS), packages_run))
    async with open_views() as views:
        progress = await follow(views, tenant, asked.run_id, asked.revision)
        run = await latest(views, tenant, asked.run_id)
        terminal.print(Rule(f"assort show {run.run_id}", align="left"))
        await show_run(views, store, run, LISTED, as_json=False)
        result = await result_of(views, run)
        data = await data_of(store, run, result)
        if data and data.records:
            files = Files(folder / "ranking_training_data.json", formats=("beir",))
            for words in await write(store, run, result, data, files):
                terminal.print(plain(words), soft_wrap=True)
            await _explain(views, store, run, data)
    terminal.print(Rule(f"assort verify {run.run_id}", align="left"))
    evidence = await collect(tenant, run.run_id)
    say_proof(evidence)
    return Exit.FAILED if findings(evidence) else exit_code(progress.status or "")


async def _explain(views: Connection, store: Store, run: RunRow, data: RankingData) -> None:
    candidate_id = data.records[0].candidate_id
    console().print(Rule(f"assort why {candidate_id} --run {run.run_id}", align="left"))
    say_story(await tell(views, store, run, candidate_id))
