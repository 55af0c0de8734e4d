"""``augment``: one module a group of subcommands, registered here."""

from __future__ import annotations

import click

from engine.cli.augment import catalogue, change, meter, preview, show

__all__ = ["augment"]


class _InOrder(click.Group):
    """Lists its subcommands in the order of the work."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(
    cls=_InOrder,
    short_help="See and change how training images are varied.",
    epilog="Example: python -m engine augment preset cells recommended",
)
def augment() -> None:
    """See, change and preview the augmentation of a project.

    A pipeline is a list of cards, each one transform with its settings; show prints it as text that
    paste reads back. Settings of cards can also be tried for one run with train --set.
    """


for command in (
    catalogue.catalogue,
    catalogue.keras,
    show.show,
    change.preset,
    change.paste,
    change.add,
    change.set_values,
    change.remove,
    change.answer,
    preview.preview,
    meter.meter,
):
    augment.add_command(command)
