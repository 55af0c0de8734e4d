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
        6,
        ge=3,
        le=20,
        label="Runs of each",
        help="So often each is trained, with seeds that the search has not seen; the present "
        "project with the same ones. Six find a difference of twice the spread between seeds in "
        "about 9 of 10 cases where the three best trials are that much better, in 8 of 10 where "
        "only one is; five find 17 and 14 of 20.",
    )
    vary: Literal["seeds", "folds"] = param(
        "seeds",
        label="Runs differ by",
        help="Seeds: all runs are judged on the validation images that the search has used, which "
        "finds the smallest differences. Folds: each run validates on another part of the "
        "training and validation images, so that a winner that only suits the images of the "
        "search is found out; choose it where there are fewer than some 1,000 validation images. "
        "Test images are left alone either way.",
    )
