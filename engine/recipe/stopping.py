"""When a run ends early, and which epoch's weights it is known by."""

from __future__ import annotations

from typing import ClassVar, Literal

from engine.spec import Spec, param

__all__ = ["Stopping"]


class Stopping(Spec):
    """Settings of early stopping and of the choice of an epoch."""

    section: ClassVar[str] = "Stopping and keeping"

    early_stopping: int | None = param(
        None,
        label="Stop early after",
        unit="epochs",
        ge=1,
        le=100_000,
        help="Ends the run when the monitored value has not improved for so many epochs. Off by "
        "default: the cosine schedule gains most in its last epochs, and the best epoch is kept "
        "anyway.",
    )
    monitor: Literal["accuracy", "loss", "auc"] = param(
        "accuracy",
        label="Best epoch by",
        help="The validation value that names the best epoch and stops early. Accuracy is what is "
        "reported in the end; of equal accuracies the lower loss wins. Auc, the area under the ROC "
        "curve, also sees how sure the model is, which says more where images are few or classes "
        "uneven.",
    )
