"""``trial-worker``: a process that a study's coordinator starts; no command for people."""

from __future__ import annotations

import click

__all__ = ["trial_worker"]


@click.command(
    "trial-worker",
    hidden=True,
    epilog="Example: python -m engine trial-worker, as tune --workers 2 starts it.",
)
def trial_worker() -> None:
    """Train the runs that standard input asks for and print events as JSON lines."""
    from engine.tune.workers.serving import serve

    serve()
