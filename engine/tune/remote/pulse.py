"""Signs of life for the trials that this process trains, from a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.tune.lanes import Lane
from engine.tune.remote.claiming import BEAT
from engine.tune.storage import storage_errors

if TYPE_CHECKING:
    import optuna

__all__ = ["Pulse"]


class Pulse:
    """Counts up a number in each trial's attributes, while the context lasts.

    A trial that is over for the storage has been taken for lost and begun by another: it is ended
    here. A storage that does not answer is left to the study, which writes to it as well.
    """

    def __init__(
        self,
        storage: optuna.storages.BaseStorage,
        seconds: float,
        after: Callable[[], object] = lambda: None,
    ) -> None:
        """``seconds`` lie between two signs; ``after`` each of them something else may be done."""
        self._after = after
        self._storage = storage
        self._seconds = seconds
        self._trials: dict[int, Lane] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="signs of life", daemon=True)

    def __enter__(self) -> Pulse:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(timeout=5)

    @property
    def trials(self) -> set[int]:
        """The keys of the trials that it beats for."""
        return set(self._trials)

    def begin(self, key: int, lane: Lane) -> None:
        """Beats for a trial from now on; where it is lost, it ends in its lane."""
        self._trials = {**self._trials, key: lane}

    def end(self, key: int) -> None:
        """The trial is over."""
        self._trials = {other: one for other, one in self._trials.items() if other != key}

    def _run(self) -> None:
        from optuna.exceptions import UpdateFinishedTrialError

        beat = 0
        while not self._over.wait(self._seconds):
            beat += 1
            for key, lane in self._trials.items():
                try:
                    self._storage.set_trial_user_attr(key, BEAT, beat)
                except UpdateFinishedTrialError:
                    if key in self._trials:
                        lane.control.stop()
                except storage_errors():
                    pass
            self._after()
