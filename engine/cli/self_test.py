"""``self-test``: whether everything that belongs to the engine is there and works."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from engine.cli.output import Output, json_option, pass_output
from engine.errors import FoveaError

__all__ = ["self_test_command"]


@click.command(
    name="self-test",
    short_help="Try everything once, in under a minute.",
    epilog="Example: python -m engine self-test",
)
@click.option(
    "--inventory",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Only write a list of the program's files and kinds to FILE: for the build of a package.",
)
@json_option
@pass_output
def self_test_command(out: Output, inventory: Path | None) -> None:
    """Count every kind, train ten steps, search three trials, read every format, export.

    Works in a temporary folder, and fails when Python opens a socket. fovea --self-test also opens
    every page of the window.
    """
    if inventory is not None:
        from engine.selftest.inventory import write

        write(inventory)
        out.say(f"Written: {inventory}")
        return
    from engine.selftest.running import Result
    from engine.selftest.session import self_test
    from engine.selftest.steps import STEPS

    def tell(result: Result) -> None:
        out.result({"event": "step", **asdict(result)})
        out.say(str(result))

    passed, said = self_test(STEPS, tell)
    if not passed:
        raise FoveaError(
            "FV-O022",
            "The self-test failed.",
            why=said,
            kept="Nothing of yours was touched.",
            fix="Install Fovea again. If that does not help, send the lines above to its makers.",
        )
    out.say(said)
