"""A shared study's trials in the study's folder, in the file that a study of one computer has.

Who looks at trials reads this file, and needs neither the server nor its password: the window, an
export, a later study that learns from this one. It is a copy: nothing is read back from it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.files.atomic import write_bytes
from engine.tune.remote.claiming import BEAT
from engine.tune.storage import STUDY, quiet

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial

__all__ = ["LocalCopy"]

Row = dict[str, Any]


class LocalCopy:
    """Keeps a file like a study on a storage; may be used from several threads.

    It grows in memory and is put in its place as a whole: who reads it has the old or the new one,
    also on a network share. Signs of life are left out, for they are no news.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._engine: Any = None
        self._unwritten = True
        self._over: set[int] = set()
        self._open: dict[int, Any] = {}

    def update(self, study: optuna.Study) -> bool:
        """Takes over what is new on the storage; whether anything was.

        Raises what the storage raises, and FoveaError FV-O001 when the disc refuses: the file then
        stays as it was, and the next time has more to do.
        """
        with self._lock:
            if self._engine is None:
                self._engine = _empty(study)
            trials = study.get_trials(deepcopy=False)
            self._put([one for one in trials if self._is_news(one)])
            news = self._unwritten
            if news:
                raw = self._engine.raw_connection()
                write_bytes(self._file, raw.driver_connection.serialize())
                self._unwritten = False
            return news

    def _is_news(self, trial: FrozenTrial) -> bool:
        return trial.number not in self._over and self._open.get(trial.number) != _open_part(trial)

    def _put(self, trials: list[FrozenTrial]) -> None:
        from sqlalchemy import delete, insert

        parts = _parts()
        again = [_key(one) for one in trials if one.number in self._open]
        with self._engine.begin() as connection:
            for model, fill in parts.items():
                if again:
                    connection.execute(delete(model).where(model.trial_id.in_(again)))
                rows = [{"trial_id": _key(one)} | row for one in trials for row in fill(model, one)]
                if rows:
                    connection.execute(insert(model), rows)
        for one in trials:
            self._unwritten = True
            self._open.pop(one.number, None)
            if one.state.is_finished():
                self._over.add(one.number)
            else:
                self._open[one.number] = _open_part(one)


def _empty(study: optuna.Study) -> Any:
    """The engine of a database in memory with Optuna's tables and a study of the same kind."""
    import optuna
    from sqlalchemy import StaticPool

    quiet()
    options = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    storage = optuna.storages.RDBStorage("sqlite://", engine_kwargs=options)
    optuna.create_study(storage=storage, study_name=STUDY, directions=study.directions)
    storage.remove_session()
    return storage.engine


def _parts() -> dict[Any, Callable[[Any, FrozenTrial], Iterator[Row]]]:
    """Optuna's tables of what a trial consists of, the trial itself first, and how they fill."""
    from optuna.storages._rdb import models

    return {
        models.TrialModel: _itself,
        models.TrialParamModel: _settings,
        models.TrialValueModel: _values,
        models.TrialIntermediateValueModel: _reports,
        models.TrialUserAttributeModel: lambda _, trial: _attributes(_told(trial)),
        models.TrialSystemAttributeModel: lambda _, trial: _attributes(trial.system_attrs),
    }


def _itself(model: Any, trial: FrozenTrial) -> Iterator[Row]:
    made = model(datetime_start=trial.datetime_start, datetime_complete=trial.datetime_complete)
    yield {
        "number": trial.number,
        "study_id": 1,
        "state": trial.state,
        "datetime_start": made._datetime_start_utc,
        "datetime_complete": made._datetime_complete_utc,
    }


def _settings(_: Any, trial: FrozenTrial) -> Iterator[Row]:
    from optuna.distributions import distribution_to_json

    for name, value in trial.params.items():
        drawn = trial.distributions[name]
        yield {
            "param_name": name,
            "param_value": drawn.to_internal_repr(value),
            "distribution_json": distribution_to_json(drawn),
        }


def _values(model: Any, trial: FrozenTrial) -> Iterator[Row]:
    for place, value in enumerate(trial.values or ()):
        stored, kind = model.value_to_stored_repr(value)
        yield {"objective": place, "value": stored, "value_type": kind}


def _reports(model: Any, trial: FrozenTrial) -> Iterator[Row]:
    for step, value in trial.intermediate_values.items():
        stored, kind = model.intermediate_value_to_stored_repr(value)
        yield {"step": step, "intermediate_value": stored, "intermediate_value_type": kind}


def _attributes(attributes: Mapping[str, Any]) -> Iterator[Row]:
    for key, value in attributes.items():
        yield {"key": key, "value_json": json.dumps(value)}


def _told(trial: FrozenTrial) -> dict[str, Any]:
    return {key: value for key, value in trial.user_attrs.items() if key != BEAT}


def _open_part(trial: FrozenTrial) -> Any:
    """What of a trial that is not over can change."""
    return trial.state, dict(trial.params), dict(trial.intermediate_values), _told(trial)


def _key(trial: FrozenTrial) -> int:
    return trial.number + 1
