"""``queue``: the runs of a project that wait for their turn."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from engine.cli.opening import folder_argument
from engine.cli.output import Output, json_option, pass_output
from engine.cli.train import show_run
from engine.project.store import locate
from engine.runs.queue import QueueEntry, RunQueue

__all__ = ["queue"]


@click.command(
    short_help="List, start, move or remove the runs that wait.",
    epilog="Example: python -m engine queue cells run",
)
@folder_argument
@click.argument("action", type=click.Choice(["list", "run", "remove", "first", "retry"]))
@click.argument("entry", required=False)
@click.option("--isolated", is_flag=True, help="With run: train each in a process of its own.")
@json_option
@pass_output
@click.pass_context
def queue(
    context: click.Context,
    out: Output,
    folder: Path,
    action: str,
    entry: str | None,
    isolated: bool,
) -> None:
    """Look at or work off the queue of the project DIR.

    list shows the entries in their order; run trains them one after the other, and a run that fails
    does not stop the others; remove, first and retry need the ENTRY to remove, to put first, or to
    let wait again after it could not begin. train --queue adds one.
    """
    waiting = RunQueue(locate(folder).absolute())
    if action == "list":
        _list(waiting, out)
    elif action == "run":
        if _run(waiting, folder, isolated, out):
            context.exit(1)
    elif entry is None:
        raise click.UsageError(f"{action} needs the entry; list shows them.")
    elif action == "remove":
        waiting.remove(entry)
    elif action == "first":
        waiting.move(entry, -len(waiting.entries()))
    else:
        waiting.retry(entry)


def _list(waiting: RunQueue, out: Output) -> None:
    entries = waiting.entries()
    for entry in entries:
        out.result(asdict(entry))
        out.say(_words(entry))
    if not entries:
        out.say("The queue is empty.")


def _words(entry: QueueEntry) -> str:
    changed = ", ".join(f"{name} {after}" for name, (_, after) in entry.differing.items())
    line = f"{entry.id}  {entry.state}  {entry.epochs} epochs  {changed}"
    return f"{line}  {entry.trouble}".rstrip()


def _run(waiting: RunQueue, folder: Path, isolated: bool, out: Output) -> bool:
    """Trains what waits until nothing does or somebody stops it; says whether a run failed."""
    from engine.errors import FoveaError
    from engine.train.control import Control
    from engine.train.drive import drive

    place, failed = locate(folder).absolute(), False
    while (taken := waiting.take()) is not None:
        entry, project = taken
        control = Control()
        events = drive(
            project, place, apart=isolated, control=control, progress=out.progress, queued=entry
        )
        try:
            failed = show_run(events, control, out) or failed
        except FoveaError as error:
            out.fail(error)
            failed = True
        if control.stopping:
            break
    return failed
