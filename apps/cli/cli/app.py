"""The command line as a whole."""

import os
from pathlib import Path
from typing import Annotated

import typer

from cli import environment
from cli.commands import (
    backfill,
    dead,
    demo,
    diff,
    enrich,
    evaluate,
    export,
    follow,
    history,
    interactions,
    plan,
    publish,
    run,
    runs,
    show,
    steer,
    train,
    upload,
    verify,
    watch,
    why,
)
from cli.scope import Scope
from contracts.event import DEFAULT_TENANT

EPILOG = (
    "Exit codes: 0 done; 1 failed, refused, cancelled; 2 not over yet, wrong usage; 3 over with failures;"
    " 4 a server does not answer. RUN is a run id, its last eight signs, or `last`."
)


def prepare(
    context: typer.Context,
    tenant: Annotated[
        str, typer.Option(envvar="ASSORT_TENANT", help="Whose items and runs.")
    ] = DEFAULT_TENANT,
    env_file: Annotated[
        Path | None,
        typer.Option(help="Where the servers are; default: the environment, else var/local/credentials.env."),
    ] = None,
) -> None:
    os.environ.update(environment.settings(os.environ, Path.cwd(), env_file))
    context.obj = Scope(tenant)


def build() -> typer.Typer:
    app = typer.Typer(
        name="assort",
        help="Packages of deals, segments and bundles of products: publish, run, explain, prove, repair.",
        epilog=EPILOG,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        callback=prepare,
    )
    app.command("demo")(demo.demo)
    app.command("publish")(publish.publish)
    app.command("upload")(upload.upload)
    app.add_typer(run.build(), name="run")
    app.command("plan")(plan.plan)
    app.command("runs")(runs.runs)
    app.command("watch")(watch.watch)
    app.command("show")(show.show)
    app.command("why")(why.why)
    app.command("history")(history.history)
    app.command("verify")(verify.verify)
    app.command("export")(export.export)
    app.command("backfill")(backfill.backfill)
    app.command("pause")(steer.pause)
    app.command("resume")(steer.resume)
    app.command("cancel")(steer.cancel)
    app.command("retry")(steer.retry)
    app.command("enrich")(enrich.enrich)
    app.command("follow")(follow.follow)
    app.command("unfollow")(follow.unfollow)
    app.command("diff")(diff.diff)
    app.add_typer(evaluate.build(), name="evaluate")
    app.add_typer(train.build(), name="train")
    app.command("budget")(steer.budget)
    app.add_typer(dead.build(), name="dead")
    app.add_typer(interactions.build(), name="interactions")
    return app
