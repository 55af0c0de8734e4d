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
    keep: Literal["best", "one_se", "last"] = param(
        "best",
        label="Keep",
        help="Which epoch's weights the run is known by. Best has the best value, which on few "
        "validation images is often a lucky early epoch. One_se takes the latest epoch that is "
        "not worse than the best by more than its standard error: what cannot be told apart by so "
        "few images is decided in favour of the longer training (Breiman's rule). Last trusts the "
        "schedule. New projects start with one_se: on BreastMNIST (n = 93 runs) it gained 1.02 "
        "points of test accuracy over best (standard error 0.27) and last 1.25 (0.30); and unlike "
        "last it does not follow a run that turns down in the end.",
    )
