"""``isolated``: the other end of a training in a process of its own; no command for people."""

from __future__ import annotations

import click

__all__ = ["isolated"]


@click.command(
    hidden=True,
    epilog="Example: python -m engine isolated, as the program itself starts it.",
)
def isolated() -> None:
    """Train what standard input asks for and print events as JSON lines."""
    from engine.train.child import serve

    serve()
