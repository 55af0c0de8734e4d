"""What a run reports: frozen records of plain values, the same live and read back from disc.

Order: one :class:`RunStarted`, then :class:`StepDone` a few times a second, one :class:`EpochDone`
after each epoch, :class:`Saved` and :class:`Notice` in between, and in the end exactly one
:class:`RunFinished` or :class:`RunFailed`. Epochs count from 1; steps count the updates done.

A training that is watched also yields the records of :mod:`engine.runs.glimpses`, anywhere between
the first and the last: they are for the eye and kept nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from engine.errors import FoveaError

__all__ = [
    "EpochDone",
    "Event",
    "Notice",
    "RunFailed",
    "RunFinished",
    "RunStarted",
    "Saved",
    "StepDone",
    "from_json",
]


@dataclass(frozen=True, slots=True)
class Event:
    """Anything a run reports. ``to_json`` gives ``{"event": kind, …fields…}``.

    ``recorded`` says whether it belongs to the run's history in ``events.jsonl``.
    """

    kind: ClassVar[str] = ""
    recorded: ClassVar[bool] = True

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; :func:`from_json` reads them back to an equal record."""
        values = {item.name: _plain(getattr(self, item.name)) for item in fields(self)}
        return {"event": self.kind} | values


@dataclass(frozen=True, slots=True)
class RunStarted(Event):
    """The run is about to take its first step, or its next one after a resume.

    Attributes:
        run: the run's id.
        epochs, steps_per_epoch, batch_size: what is planned.
        step: updates done already: 0, or where a resumed run goes on.
        train_images, val_images: sizes of the two splits.
        classes: names of the classes.
        parameters: trainable numbers of the model.
        device: in words, such as ``"CPU, 2 threads"``.
        precision: ``"fp32"`` or ``"bf16"``.
        notes: what was chosen or adjusted, in sentences.
        epochs_done: epochs finished already; a checkpoint can lie between an epoch's last step and
            its validation.
    """

    kind: ClassVar[str] = "run_started"
    run: str
    epochs: int
    steps_per_epoch: int
    batch_size: int
    step: int
    train_images: int
    val_images: int
    classes: tuple[str, ...]
    parameters: int
    device: str
    precision: str
    notes: tuple[str, ...] = ()
    epochs_done: int = 0


@dataclass(frozen=True, slots=True)
class StepDone(Event):
    """What happened over the steps since the last one of its kind.

    Attributes:
        step: updates done so far in the run.
        epoch: the epoch that they belong to.
        loss, accuracy: means over the images of these steps, in training mode.
        lr: learning rate of the last of them.
        images_per_second: speed over these steps.
        seconds: active time of the run so far (pauses left out).
        gradient_norm: length of the last step's gradient over all weights, before clipping;
            ``None`` where it was not measured.
    """

    kind: ClassVar[str] = "step_done"
    step: int
    epoch: int
    loss: float
    accuracy: float
    lr: float
    images_per_second: float
    seconds: float
    gradient_norm: float | None = None


@dataclass(frozen=True, slots=True)
class EpochDone(Event):
    """An epoch's means, and the validation after it.

    ``val_loss``, ``val_accuracy`` and ``val_auc`` (area under the ROC curve) are ``None`` without
    validation images. ``best`` says whether this is the best epoch so far by the recipe's
    ``monitor``.
    """

    kind: ClassVar[str] = "epoch_done"
    epoch: int
    step: int
    train_loss: float
    train_accuracy: float
    val_loss: float | None
    val_accuracy: float | None
    lr: float
    seconds: float
    best: bool
    val_auc: float | None = None


@dataclass(frozen=True, slots=True)
class Saved(Event):
    """A checkpoint is safe on disc: ``which`` is ``"last"`` (to resume) or ``"best"`` (to use)."""

    kind: ClassVar[str] = "saved"
    which: str
    epoch: int
    step: int


@dataclass(frozen=True, slots=True)
class Notice(Event):
    """Something worth knowing that does not end the run.

    Attributes:
        text: one or two sentences.
        severity: ``"note"`` or ``"warning"``.
        where: the setting that it is about (``training.clip_norm``) or the node, at any depth of
            blocks (``model.stem.conv1``); empty when it is about neither.
    """

    kind: ClassVar[str] = "notice"
    text: str
    severity: str = "note"
    where: str = ""


@dataclass(frozen=True, slots=True)
class RunFinished(Event):
    """The end of a run that did not fail.

    Attributes:
        run: its id.
        status: ``"done"``, ``"early"`` (stopped by early stopping) or ``"stopped"`` (by a person).
        best_epoch: the epoch whose weights are kept as the best, 0 when no epoch was finished.
        epochs_done: finished epochs.
        seconds: active time.
        metrics: of the best epoch: ``train_loss``, ``train_accuracy``, ``val_loss``,
            ``val_accuracy``; those that do not exist are left out.
    """

    kind: ClassVar[str] = "run_finished"
    run: str
    status: str
    best_epoch: int
    epochs_done: int
    seconds: float
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunFailed(Event):
    """The end of a run that could not go on; the other fields are those of a FoveaError."""

    kind: ClassVar[str] = "run_failed"
    run: str
    code: str
    what: str
    where: str = ""
    why: str = ""
    kept: str = ""
    fix: str = ""
    status: str = "failed"

    def error(self) -> FoveaError:
        """The failure as the exception that dialogs and the command line show."""
        return FoveaError(
            self.code, self.what, where=self.where, why=self.why, kept=self.kept, fix=self.fix
        )


_KINDS: dict[str, type[Event]] = {
    cls.kind: cls
    for cls in (RunStarted, StepDone, EpochDone, Saved, Notice, RunFinished, RunFailed)
}


def from_json(value: Any) -> Event:
    """The event that ``to_json`` wrote; raises ValueError when ``value`` is not one."""
    kind = value.get("event") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in _KINDS:
        raise ValueError("not an event of a run")
    cls = _KINDS[kind]
    known = {item.name: str(item.type) for item in fields(cls)}
    given = {k: tuple(v) if isinstance(v, list) else v for k, v in value.items() if k in known}
    for name, part in given.items():
        if not _FITS[known[name]](part):
            raise ValueError(f"{name} of a {kind} event is wrong")
    try:
        return cls(**given)
    except TypeError as error:
        raise ValueError(f"not a whole {cls.kind} event") from error


def _is_number(value: Any) -> bool:
    real = isinstance(value, (int, float)) and not isinstance(value, bool)
    return real and -_LARGEST < value < _LARGEST


_LARGEST = 1e300  # no run reports more; whole numbers beyond a float's range would raise
_FITS: dict[str, Callable[[Any], bool]] = {
    "str": lambda value: isinstance(value, str),
    "bool": lambda value: isinstance(value, bool),
    "int": lambda value: _is_number(value) and isinstance(value, int),
    "float": _is_number,
    "float | None": lambda value: value is None or _is_number(value),
    "tuple[str, ...]": lambda value: (
        isinstance(value, tuple) and all(isinstance(part, str) for part in value)
    ),
    "Mapping[str, float]": lambda value: (
        isinstance(value, Mapping) and all(_is_number(part) for part in value.values())
    ),
}
"""Whether a value read from a file is of a field's type, by the type as it is written above."""


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value
