"""How the winners of a study are checked."""

from __future__ import annotations

from typing import ClassVar, Literal

from engine.spec import Spec, param

__all__ = ["ConfirmPlan"]


class ConfirmPlan(Spec):
    """The settings of a check: (best + 1) x seeds runs, the present project's with them."""

    title: ClassVar[str] = "Check of the winner"

    best: int = param(
        3,
        ge=1,
        le=20,
        label="Trials to check",
        help="So many of the best trials are trained again. Three: the truly best one is often "
        "second or third in a search, and each more makes every comparison a little harder.",
    )
    seeds: int = param(
        7,
        ge=3,
        le=20,
        label="Runs of each",
        help="So often each is trained, with seeds that the search has not seen; the present "
        "project with the same ones. With seven, a winner that is better by twice the spread "
        "between seeds is found in 87 of 100 cases even if no other trial is better than the "
        "project, and in 96 if all three are; with five in 68 and 87.",
    )
    vary: Literal["seeds", "folds"] = param(
        "seeds",
        label="Runs differ by",
        help="Seeds: all runs are judged on the validation images that the search has used, which "
        "finds the smallest differences. Folds: each run validates on another part of the "
        "training and validation images, so that a winner that only suits the images of the "
        "search is found out; choose it where there are fewer than some 1,000 validation images. "
        "Such runs share training images, so that intervals are wider: of winners that are better "
        "by twice the spread between seeds it finds 52 to 72 of 100. Test images are left alone "
        "either way.",
    )
