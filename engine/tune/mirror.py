"""The trials of a study in memory, where samplers and pruners look them up, and in its file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.storages import InMemoryStorage, RDBStorage
from optuna.storages._rdb.models import TrialIntermediateValueModel as _Report
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import insert
from typing_extensions import override

from engine.tune.rows import Rows

__all__ = ["Mirror"]


class Mirror(InMemoryStorage):
    """Reads from memory and writes to the file first: memory never knows more than the disc.

    Optuna's own cache asks the file for the trial in hand at every look, some twenty times a trial;
    here there is nothing to ask for, as the study's guard lets one process write.
    """

    def __init__(self, file: RDBStorage, rows: Rows) -> None:
        super().__init__()
        self._file = file
        self._study = rows.study
        self._keys = list(rows.keys)
        known = self._studies[self.create_new_study(rows.directions, rows.name)]
        known.user_attrs, known.system_attrs = rows.user_attrs, rows.system_attrs
        for number, trial in enumerate(rows.trials):
            trial._trial_id = trial.number = number
            self._trial_id_to_study_id_and_number[number] = (0, number)
            known.trials.append(trial)
            known.param_distribution |= trial.distributions
            self._update_cache(number, 0)
        self._max_trial_id = len(rows.trials) - 1

    def close(self) -> None:
        """Lets go of the file, so that it can be moved or removed on any system."""
        self._file.engine.dispose()

    @override
    def set_study_user_attr(self, study_id: int, key: str, value: Any) -> None:
        """What Fovea notes about the study."""
        self._file.set_study_user_attr(self._study, key, value)
        super().set_study_user_attr(study_id, key, value)

    @override
    def set_study_system_attr(self, study_id: int, key: str, value: Any) -> None:
        """What Optuna notes about the study."""
        self._file.set_study_system_attr(self._study, key, value)
        super().set_study_system_attr(study_id, key, value)

    @override
    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        """A trial more; its number."""
        self._keys.append(self._file.create_new_trial(self._study, template_trial))
        return super().create_new_trial(study_id, template_trial)

    @override
    def set_trial_param(
        self,
        trial_id: int,
        param_name: str,
        param_value_internal: float,
        distribution: BaseDistribution,
    ) -> None:
        """The value of a setting, and what it was drawn from."""
        key = self._keys[trial_id]
        self._file.set_trial_param(key, param_name, param_value_internal, distribution)
        super().set_trial_param(trial_id, param_name, param_value_internal, distribution)

    @override
    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        """How a trial stands, and its value; false where Optuna says that it cannot be so."""
        if not self._file.set_trial_state_values(self._keys[trial_id], state, values):
            return False
        return super().set_trial_state_values(trial_id, state, values)

    @override
    def set_trial_intermediate_value(
        self, trial_id: int, step: int, intermediate_value: float
    ) -> None:
        """The value after an epoch, from 0."""
        value, kind = _Report.intermediate_value_to_stored_repr(intermediate_value)
        row = {"trial_id": self._keys[trial_id], "step": step}
        row |= {"intermediate_value": value, "intermediate_value_type": kind}
        with self._file.engine.begin() as connection:  # the most frequent write, without objects
            connection.execute(insert(_Report).prefix_with("OR REPLACE"), row)
        super().set_trial_intermediate_value(trial_id, step, intermediate_value)

    @override
    def set_trial_user_attr(self, trial_id: int, key: str, value: Any) -> None:
        """What Fovea notes about a trial."""
        self._file.set_trial_user_attr(self._keys[trial_id], key, value)
        super().set_trial_user_attr(trial_id, key, value)

    @override
    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
        """What Optuna notes about a trial."""
        self._file.set_trial_system_attr(self._keys[trial_id], key, value)
        super().set_trial_system_attr(trial_id, key, value)
