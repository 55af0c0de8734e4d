"""Where a command writes: results as JSON lines on standard output, words on standard error."""

from __future__ import annotations

import json
import math
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import click

from engine.errors import FoveaError
from engine.numbers import THIN

__all__ = ["Output", "json_option", "pass_output"]

_PLAIN_INTERVAL = 10.0  # seconds between progress lines where lines cannot be rewritten
_LIVE_INTERVAL = 0.1


class Output:
    """The two streams of one command.

    Attributes:
        json: whether ``--json`` was given; otherwise standard output stays empty.
    """

    def __init__(self) -> None:
        self.json = False
        self._live = sys.stderr.isatty()
        self._open_line = 0  # length of the progress line that stands unfinished
        self._last = 0.0

    def result(self, value: Mapping[str, Any]) -> None:
        """One result or event as a line of JSON; numbers that are not finite become null."""
        if self.json:
            click.echo(json.dumps(_finite(value), allow_nan=False))
            sys.stdout.flush()

    def say(self, text: str = "") -> None:
        """A line for people."""
        if self._open_line:
            click.echo("\r" + " " * self._open_line + "\r", err=True, nl=False)
            self._open_line = 0
        click.echo(_plain(text), err=True)

    def progress(self, done: int, total: int, text: str) -> None:
        """How far a piece of work is; the form of every ``progress`` argument of the engine."""
        share = f"{done:,} of {total:,}" if total else f"{done:,}"
        self.status(f"{text}: {share}" if text else share, last=bool(total) and done >= total)

    def status(self, text: str, *, last: bool = False) -> None:
        """What goes on now: a line that is rewritten on a terminal, elsewhere one now and then."""
        now = time.monotonic()
        interval = _LIVE_INTERVAL if self._live else _PLAIN_INTERVAL
        if not last and now - self._last < interval:
            return
        self._last = now
        if self._live and not last:
            text = text[: shutil.get_terminal_size().columns - 1]
            click.echo("\r" + _plain(text).ljust(self._open_line), err=True, nl=False)
            self._open_line = len(text)
        else:
            self.say(text)

    def fail(self, error: FoveaError) -> None:
        """An error with its six parts, on both streams."""
        self.result({"event": "error", **error.fields()})
        self.say(str(error))


pass_output = click.make_pass_decorator(Output)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds ``--json`` to a command; its value is kept in the command's :class:`Output`."""

    def keep(context: click.Context, _: click.Parameter, value: bool) -> None:
        context.ensure_object(Output).json = value

    return click.option(
        "--json",
        is_flag=True,
        expose_value=False,
        callback=keep,
        help="Print results as JSON, one object a line, on standard output.",
    )(command)


def _plain(text: str) -> str:
    """The text without the narrow space, which many a console lacks."""
    return text.replace(THIN, " ")


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _finite(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
