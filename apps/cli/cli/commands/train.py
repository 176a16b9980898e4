"""`assort train ranker FOLDER`"""

from pathlib import Path
from typing import Annotated

import typer

from cli.console import console, plain
from cli.ranking.training import made, tell
from contracts.ranking import DEFAULT_SEED


def build() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True, help="Train on labelled data.")
    app.callback()(_only_groups)
    app.command("ranker")(ranker)
    return app


def ranker(
    *,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Of the BEIR layout: exported or foreign.")
    ],
    output: Annotated[
        Path, typer.Option(metavar="DIR", help="Where the ranker goes; replaces another ranker there.")
    ],
    seed: Annotated[int, typer.Option(min=0, help="Which examples are drawn.")] = DEFAULT_SEED,
    encoder: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A packaged model, a folder, or hash; none: ENCODER_MODEL."),
    ] = None,
) -> None:
    """Train a ranker on the train split, and measure it on dev and test beside BM25 and the encoder alone.

    Writes model.txt, ranker.json and a model card, README.md. The same folder, encoder and seed give the same
    bytes.
    """
    done = made(folder, output, encoder, seed)
    terminal = console()
    for found in done.evaluations:
        tell(terminal, found, folder)
    recipe = done.ranker.recipe
    terminal.print(plain(f"{output}: {recipe.rounds} trees, {len(recipe.features)} features; see README.md"))


def _only_groups() -> None:
    """With a single command typer would swallow its name."""
