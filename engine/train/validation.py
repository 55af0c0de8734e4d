"""What a validation found: loss, accuracy, area under ROC, and how sure they are."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.compute.area import macro_auc

__all__ = ["Validation", "measure", "standard_error"]

_GROUPS = 32


@dataclass(frozen=True, slots=True)
class Validation:
    """The validation after an epoch; all None where there are no validation images.

    Attributes:
        loss, accuracy: means over the images.
        auc: area under the ROC curve, None where it is not defined; see
            :func:`engine.compute.area.macro_auc`.
        error: the standard error of the monitored one, 0 where nobody asked.
    """

    loss: float | None = None
    accuracy: float | None = None
    auc: float | None = None
    error: float = 0.0


def measure(
    scores: Tensor,
    labels: Tensor,
    loss: Callable[[Tensor, Tensor], Tensor],
    error_of: str | None = None,
) -> Validation:
    """The validation of ``scores`` ``[n, classes]`` against ``labels`` (int64 ``[n]``).

    ``error_of`` names the value whose standard error is wanted: ``accuracy``, ``loss``, ``auc``.
    """
    mean = float(loss(scores, labels).item())
    accuracy = int((scores.argmax(1) == labels).sum().item()) / len(labels)
    if not math.isfinite(mean):
        return Validation(mean, accuracy)
    probabilities = scores.double().softmax(1).float()  # as an evaluation has them, ties and all
    auc = macro_auc(labels.cpu().numpy(), probabilities.cpu().numpy())
    found = Validation(mean, accuracy, auc)
    if error_of is None:
        return found
    error = standard_error(found, error_of, scores, labels, loss)
    return Validation(mean, accuracy, auc, error)


def standard_error(
    found: Validation,
    of: str,
    scores: Tensor,
    labels: Tensor,
    loss: Callable[[Tensor, Tensor], Tensor],
) -> float:
    """The standard error of the accuracy, loss or area of a validation.

    Accuracy: ``sqrt(p (1 - p) / n)``. Area: Hanley and McNeil (1982), for more classes the mean of
    theirs, an upper bound for the error of the mean. Loss: from the means of up to 32 groups of
    images, for a loss gives the mean of a batch only. An area that is not defined has the error of
    the accuracy, which then decides in its place.
    """
    if of == "loss":
        return _error_of_loss(scores, labels, loss)
    if of == "auc" and found.auc is not None:
        return _error_of_area(found.auc, labels, scores.shape[1])
    share = found.accuracy or 0.0
    return math.sqrt(share * (1 - share) / len(labels))


def _error_of_loss(
    scores: Tensor, labels: Tensor, loss: Callable[[Tensor, Tensor], Tensor]
) -> float:
    groups = min(_GROUPS, len(labels) // 2)
    if groups < 2:
        return 0.0
    means = torch.stack([loss(scores[i::groups], labels[i::groups]) for i in range(groups)])
    return float((means.double().std() / math.sqrt(groups)).item())


def _error_of_area(area: float, labels: Tensor, classes: int) -> float:
    counts = torch.bincount(labels, minlength=classes).tolist()
    one, two = area / (2 - area), 2 * area**2 / (1 + area)
    errors = []
    for positives in counts[1:] if classes == 2 else counts:
        negatives = len(labels) - positives
        spread = area * (1 - area)
        spread += (positives - 1) * (one - area**2) + (negatives - 1) * (two - area**2)
        errors.append(math.sqrt(max(0.0, spread) / (positives * negatives)))
    return sum(errors) / len(errors)
