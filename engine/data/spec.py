"""What a project says about its images."""

from __future__ import annotations

from typing import Literal

from engine.errors import FoveaError
from engine.numbers import percent
from engine.spec import Spec, param

__all__ = ["DataSpec"]

_SPLIT = "Trials on different splits do not compare: the easiest images would win."


class DataSpec(Spec):
    """Where the images are, how they are read, and how they are split.

    The images themselves are listed in a manifest (see ``engine.data.manifest``) that ``manifest``
    names by its hash; a scan (``engine.data.scan``) fills in everything that describes the source.
    Together the two decide every pixel and every split: equal values give equal training data.
    """

    title = "Images"

    source: str = param(
        "",
        label="Source",
        hidden=True,
        help="The folder or file with the images, relative to the project where possible.",
    )
    layout: Literal["none", "folders", "npz", "idx", "csv"] = param(
        "none",
        hidden=True,
        help="How the source is laid out: class folders, an .npz, IDX files or a CSV table.",
    )
    manifest: str = param(
        "", hidden=True, help="SHA-256 of the list of images that the last scan wrote."
    )
    classes: tuple[str, ...] = param(
        (), hidden=True, help="The names of the classes, in the order of the network's outputs."
    )
    targets: Literal["single", "ordinal", "multi"] = param(
        "single",
        label="Classes are",
        fixed="What the classes are is a fact about the images, not a choice.",
        help="Single: names without an order, the usual case. Ordinal: grades or stages in the "
        "order in which they are listed (by name; number the folders to set it), so that an answer "
        "next to the true one is less wrong: losses that know the order can be chosen, and the "
        "evaluation also says how many classes the answers are off. Multi: an image can have "
        "several of them, or none, and each is asked for alone.",
    )
    size: int = param(
        64,
        ge=8,
        le=1024,
        unit="px",
        label="Image side",
        search=(32, 48, 64, 96, 128),
        help="Every image is scaled to a square of this side. Twice the side costs four times the "
        "time; choose the smallest at which you can still tell the classes apart.",
    )
    channels: Literal["grey", "colour"] = param(
        "colour", help="Grey keeps one channel and suits images without colour information."
    )
    resize: Literal["stretch", "letterbox", "crop"] = param(
        "stretch",
        label="Fit to the square",
        help="Stretch uses every pixel but changes proportions; letterbox keeps proportions and "
        "adds black borders; crop keeps proportions and cuts the longer side.",
    )
    validation: float = param(
        0.15,
        gt=0,
        le=0.8,
        step=0.05,
        label="Validation part",
        fixed=_SPLIT,
        help="The part of the images that training never sees and that picks the best epoch.",
    )
    test: float = param(
        0.15,
        ge=0,
        le=0.8,
        step=0.05,
        label="Test part",
        fixed=_SPLIT,
        help="The part of the images kept for the final evaluation. Zero keeps none.",
    )
    split_seed: int = param(
        0,
        ge=0,
        le=2**31 - 1,
        label="Split seed",
        fixed=_SPLIT,
        advanced=True,
        help="Another number draws another split. Runs compare only on the same split.",
    )
    group_by: Literal["none", "folder", "prefix"] = param(
        "none",
        label="Keep together",
        fixed=_SPLIT,
        help="Images of one group stay in one split. Folder: images of one folder below the "
        "class. Prefix: file names that are equal up to the first _, - or space, as in "
        "“plate3_well2.png”. Use it when several images show one patient or one slide.",
    )
    depth: Literal[8, 16] = param(
        8, hidden=True, help="Bits of a channel in the cache; 16 when any image has more than 8."
    )
    window: Literal["auto", "full"] = param(
        "auto",
        label="Range of values",
        advanced=True,
        help="For images of more than 8 bits. Auto maps the range that the scan found in the set "
        "to black and white (12-bit data in 16-bit files would be nearly black without it); "
        "full keeps 0 to 65535 as it is.",
    )
    window_low: float = param(
        0.0, hidden=True, help="The value that becomes black with the automatic range."
    )
    window_high: float = param(
        65535.0, hidden=True, help="The value that becomes white with the automatic range."
    )

    folds: int = param(
        0,
        ge=0,
        le=20,
        hidden=True,
        help="Into how many folds training and validation images are dealt together; 0, the "
        "default, leaves the validation part as it is drawn. Each run of a cross-validation "
        "validates on one fold and trains on the others; the test images stay apart.",
    )
    fold: int = param(0, ge=0, le=19, hidden=True, help="The fold to validate on, from 0.")

    def validate_together(self) -> None:
        """Refuses parts that leave nothing to train on, an empty range of values, no such fold."""
        if self.folds == 1 or self.fold >= max(1, self.folds):
            raise FoveaError(
                "FV-H002",
                "There is no such fold.",
                where="folds" if self.folds == 1 else "fold",
                why=f"Fold {self.fold} (counted from 0) of {self.folds}.",
                fix="Use no folds (0) or at least 2, and a fold below their number.",
            )
        if self.validation + self.test > 0.9:
            raise FoveaError(
                "FV-H002",
                "Too few images are left for training.",
                where="validation",
                why=f"Validation and test together take {percent(self.validation + self.test, 0)}.",
                fix="Lower one of the two; together they may take 90 %.",
            )
        if not self.window_low < self.window_high:
            raise FoveaError(
                "FV-H002",
                "The range of values is empty.",
                where="window_low",
                why=f"It goes from {self.window_low:g} to {self.window_high:g}.",
                fix="Scan the images again.",
            )

    @property
    def channel_count(self) -> int:
        """The number of channels that the network receives: 1 or 3."""
        return 1 if self.channels == "grey" else 3
