"""``worker`` and ``serve-studies``: several computers at one search."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import click

from engine.cli.opening import folder_argument, open_project
from engine.cli.output import Output, json_option, pass_output
from engine.cli.tune import run_study, storage_option, workers_option

__all__ = ["serve_studies", "worker"]


@click.command(
    short_help="Help with a search that another computer has begun.",
    epilog="Example: python -m engine worker cells --storage postgresql://user@server/studies",
)
@folder_argument
@storage_option(required=True)
@click.option("--study", metavar="NAME", default="", help="Which study, where there are several.")
@workers_option
@click.option("--device", metavar="auto|cpu|cuda:N", help="Where to compute.")
@json_option
@pass_output
@click.pass_context
def worker(
    context: click.Context, out: Output, folder: Path, storage: str, study: str, **where: Any
) -> None:
    """Train trials of a study on a storage with the images of the project DIR.

    DIR holds the same images as the project that the study was begun with; where they lie does not
    matter. The runs of this computer go to DIR/studies/STUDY/runs. It ends when the study is done.
    Ctrl-C gives the trial in hand back; the same command goes on.
    """
    from engine.tune.remote.address import parse_address
    from engine.tune.remote.joining import join

    project, folder = open_project(folder, out)
    address = parse_address(storage)
    joined = join(address, folder, project, study)
    if run_study(joined, folder, out, address, **where).status == "paused":
        context.exit(1)


@click.command(
    "serve-studies",
    short_help="Serve studies to other computers, where there is no database.",
    epilog="Example: python -m engine serve-studies studies.db --host 0.0.0.0",
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
@click.option("--host", metavar="NAME", default="localhost", help="Who is let in: 0.0.0.0 is all.")
@click.option("--port", metavar="N", type=click.IntRange(1, 65535), default=13000)
@pass_output
def serve_studies(out: Output, file: Path, host: str, port: int) -> None:
    """Keep studies in FILE and serve them by Optuna's gRPC proxy, until Ctrl-C.

    Whoever reaches the port can read and change the studies: use it in a network of your own.
    """
    from engine.tune.remote.server import serve_studies as serve

    out.say(f"Serving {file} as grpc://{host}:{port}. Ctrl-C ends it.")
    with contextlib.suppress(KeyboardInterrupt):
        serve(file, host, port)
