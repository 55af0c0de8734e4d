"""The program ``python -m engine`` and its subcommands."""

from __future__ import annotations

from typing import Any

import click

from engine import __version__
from engine.cli import (
    check,
    doctor,
    evaluate,
    export,
    isolated,
    later,
    model,
    new,
    queue,
    search,
    train,
    trial_worker,
    tune,
    weights,
    worker,
)
from engine.cli.augment import augment
from engine.cli.batch_size import batch_size_command
from engine.cli.lr_test import lr_test_command
from engine.cli.output import Output
from engine.cli.self_test import self_test_command
from engine.errors import FoveaError
from engine.train.ranks.launch import launched

__all__ = ["main"]


class _Program(click.Group):
    """A group whose commands fail with a FoveaError in words and with exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the subcommand; an expected failure is told, not traced."""
        ctx.obj = Output()
        try:
            return super().invoke(ctx)
        except FoveaError as error:
            ctx.obj.fail(error)
            ctx.exit(1)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The subcommand; under torchrun every process would do the same, so it must be train."""
        name, command, rest = super().resolve_command(ctx, args)
        if name != "train" and (launch := launched()) is not None:
            launch.check(one_process=True)
        return name, command, rest

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The subcommands in the order of the work."""
        return list(self.commands)


@click.group(
    cls=_Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 the work failed, 2 wrong usage.",
)
@click.version_option(__version__, prog_name="Fovea")
def main() -> None:
    """Train and judge CNN image classifiers from a shell.

    A project is a folder. The usual order is new, check, augment, train, evaluate; every subcommand
    has --help with an example. Where a project is damaged, DIR/project.fovea.bak in place of DIR
    names the version that was saved before.
    """


for command in (
    new.new,
    check.check,
    augment,
    weights.weights,
    model.model,
    lr_test_command,
    batch_size_command,
    train.train,
    tune.tune,
    worker.worker,
    worker.serve_studies,
    queue.queue,
    search.search,
    evaluate.evaluate,
    *later.COMMANDS,
    export.export,
):
    main.add_command(command)
main.add_command(doctor.doctor)
main.add_command(self_test_command)
main.add_command(isolated.isolated)
main.add_command(trial_worker.trial_worker)
