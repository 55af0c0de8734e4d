"""What a validation found: loss, accuracy, area under ROC, and how sure they are."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.compute.area import area_under_roc, macro_auc
from engine.compute.hits import hits
from engine.compute.link import probabilities
from engine.losses.base import Link

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
    link: Link = "softmax",
) -> Validation:
    """The validation of ``scores`` ``[n, classes]`` against ``labels``: int64 ``[n]``, or 0 and 1
    ``[n, classes]`` where images can have several classes. Then accuracy is the share of right
    answers to whether a class is there, and the area the mean over the classes that are there in
    some images and not in all.

    ``error_of`` names the value whose standard error is wanted: ``accuracy``, ``loss``, ``auc``;
    ``link`` says how scores become probabilities.
    """
    mean = float(loss(scores, labels).item())
    accuracy = hits(scores, labels, several=labels.ndim == 2).item() / len(labels)
    if not math.isfinite(mean):
        return Validation(mean, accuracy)
    auc = _area(probabilities(scores.double(), link, several=labels.ndim == 2), labels)
    found = Validation(mean, accuracy, auc)
    if error_of is None:
        return found
    error = standard_error(found, error_of, scores, labels, loss)
    return Validation(mean, accuracy, auc, error)


def _area(likely: Tensor, labels: Tensor) -> float | None:
    """The area from the probabilities that an evaluation has, ties and all."""
    known, found = labels.cpu().numpy(), likely.float().cpu().numpy()
    if labels.ndim == 1:
        return macro_auc(known, found)
    areas = [
        area_under_roc(known[:, k] == 1, found[:, k])
        for k in range(known.shape[1])
        if 0 < known[:, k].sum() < len(known)
    ]
    return sum(areas) / len(areas) if areas else None


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
    several = labels.ndim == 2
    counts = (labels.sum(0) if several else torch.bincount(labels, minlength=classes)).tolist()
    one, two = area / (2 - area), 2 * area**2 / (1 + area)
    errors = []
    for positives in counts[1:] if classes == 2 and not several else counts:
        negatives = len(labels) - positives
        if not positives or not negatives:
            continue
        spread = area * (1 - area)
        spread += (positives - 1) * (one - area**2) + (negatives - 1) * (two - area**2)
        errors.append(math.sqrt(max(0.0, spread) / (positives * negatives)))
    return sum(errors) / len(errors)
