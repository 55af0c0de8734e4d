"""Taking part in a study on a storage: as its coordinator does, but not alone."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from engine.errors import FoveaError
from engine.processes import this_process
from engine.runs.events import Event
from engine.runs.folder import RunFolder, runs_dir
from engine.train.awake import awake
from engine.train.control import Control
from engine.tune.folder import StudyFolder
from engine.tune.lanes import Ended, Lane
from engine.tune.outcome import Outcome, run_id
from engine.tune.remote import claiming
from engine.tune.remote.address import StorageAddress, explained
from engine.tune.remote.claiming import Claims
from engine.tune.remote.copy import LocalCopy
from engine.tune.remote.publishing import read_budget
from engine.tune.remote.pulse import Pulse
from engine.tune.sampling import make_sampler
from engine.tune.study import Coordinator
from engine.tune.workers.worker import Idle

if TYPE_CHECKING:
    import optuna

__all__ = ["take_part"]

_LOOKS = 2.0  # seconds between two looks for trials that others have lost


def take_part(
    study: StudyFolder,
    project_dir: Path,
    address: StorageAddress,
    *,
    workers: int = 1,
    device: str | None = None,
    control: Control | None = None,
    threads: int | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Iterator[Event]:
    """Trains trials of a study on a storage until its budget is spent everywhere.

    The same events and arguments as :func:`engine.tune.study.tune`. Other computers do the same at
    the same time; runs lie in each one's own folder. A trial that a computer has lost is tried
    again by the next that is free, ``claiming.RETRIES`` times at most. ``hours`` of the plan are
    counted by each participant for itself, as are failures in a row. Raises FoveaError FV-S042 when
    the storage does not answer.
    """
    control = control or Control()
    options = {"device": device, "threads": threads, "progress": progress}
    own = _Participant(study, Path(project_dir), control, options, workers)
    own.address = address
    return awake(own.run(), control)


class _Participant(Coordinator):
    """A coordinator among others: the storage says which trials are its own."""

    address: StorageAddress
    _claims: Claims
    _pulse: Pulse

    @override
    @contextlib.contextmanager
    def _opened(self) -> Iterator[optuna.Study]:
        import optuna

        storage = self.address.connect()
        with explained(self.address):
            study = optuna.load_study(storage=storage, study_name=self.folder.name)
            copy = LocalCopy(self.folder.database)
            _refresh(copy, study)
            pulse = Pulse(storage, claiming.GRACE / 10, lambda: _refresh(copy, study))
            with pulse as self._pulse:
                try:
                    yield study
                finally:
                    self._leave(study)
            _refresh(copy, study)

    def _leave(self, study: optuna.Study) -> None:
        """Gives back what is still ours, so that nobody has to wait for its loss."""
        from engine.tune.storage import storage_errors

        for key in self._pulse.trials:
            with contextlib.suppress(*storage_errors(), RuntimeError):
                self._wait_again(study, key)

    @override
    def _name_of(self, lane: Lane) -> str:
        host = this_process().host
        return f"{host}, {lane.place}" if self._workers else host

    @override
    def _prepare(self, study: optuna.Study) -> tuple[str, ...]:
        def trials() -> int:
            return min(read_budget(study, self.folder.plan.trials), self._most)

        self._claims = Claims(study, trials, claiming.GRACE)
        return ()

    @override
    def _spent(self, study: optuna.Study) -> int:
        return self._claims.finished()

    @override
    def _begin(self, lane: Lane) -> Generator[Event, None, Ended] | None:
        if self._claims.all_over() or not self._goes_on() or self._enough(lane.study):
            return None
        self._claims.retry_lost(self._pulse.trials)
        lane.key = self._claims.next()
        if lane.key is None:
            return self._look_again()
        trial = self._one(lane, self._ask(lane))
        self._pulse.begin(lane.key, lane)
        return trial

    def _look_again(self) -> Generator[Event, None, Ended]:
        """Passes the time while only others have something to do."""
        ends = time.monotonic() + _LOOKS
        while time.monotonic() < ends and not self._control.stopping_after_epoch:
            yield Idle()
        return -1, Outcome("stopped")

    @override
    def _ask(self, lane: Lane) -> optuna.Trial:
        import optuna

        study, key = lane.study, lane.key
        assert key is not None
        known = study._storage.get_trial(key)
        self._go_on_from(known.user_attrs.get(claiming.RETRY_OF), known.number)
        study.sampler = make_sampler(self.folder.plan, self._cells, known.number)
        return optuna.Trial(study, key)

    def _go_on_from(self, before: Any, number: int) -> None:
        """A lost trial that was ours has left its run here: it goes on under the new number."""
        if type(before) is not int or not 0 <= before < number:
            return
        for old in sorted(runs_dir(self.folder.path).glob(f"{run_id(before)}*")):
            new = old.with_name(run_id(number) + old.name.removeprefix(run_id(before)))
            if RunFolder(old).status() != "running" and not new.exists():
                old.rename(new)

    @override
    def _tell(self, study: optuna.Study, trial: optuna.Trial, outcome: Outcome) -> Outcome:
        if study._storage.get_trial(trial._trial_id).state.is_finished():
            return self._too_late()
        try:
            return super()._tell(study, trial, outcome)
        except (RuntimeError, ValueError):  # how Optuna says that it was over a moment ago
            if study._storage.get_trial(trial._trial_id).state.is_finished():
                return self._too_late()
            raise

    def _too_late(self) -> Outcome:
        why = "The other computers took this one for lost; another one tries the settings again."
        return Outcome("failed", why=why, code="FV-S046")

    @override
    def _ended(self, lane: Lane, ended: Ended) -> None:
        key, lane.key = lane.key, None
        if key is None:
            return
        self._pulse.end(key)
        if ended[1].state == "stopped":
            with contextlib.suppress(RuntimeError):  # it was lost to another computer
                self._wait_again(lane.study, key)

    def _wait_again(self, study: optuna.Study, key: int) -> None:
        from optuna.trial import TrialState

        study._storage.set_trial_state_values(key, TrialState.WAITING)


def _refresh(copy: LocalCopy, study: optuna.Study) -> None:
    """Brings the copy up to date; what cannot be read or written now is copied the next time."""
    from engine.tune.storage import storage_errors

    with contextlib.suppress(FoveaError, *storage_errors()):
        copy.update(study)
