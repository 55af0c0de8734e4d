"""Importing a large library while the window is used."""

from __future__ import annotations

from collections.abc import Callable

from gui.runner import Runner

__all__ = ["load_behind"]


def load_behind(runner: Runner, work: Callable[[], object]) -> None:
    """Runs ``work``, which imports a library, on a worker.

    No garbage is collected meanwhile: amid the hundred thousand objects that an import makes, a
    collection holds the window for 0.1 s.
    """
    runner.garbage.begin_load()

    def ended(_outcome: object) -> None:
        runner.garbage.end_load()

    runner.task(lambda _progress: work(), ended, ended)
