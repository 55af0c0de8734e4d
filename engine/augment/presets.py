"""Ready-made pipelines to start from, each with the reason for its choice.

A preset is a list of steps, and each step names its choices, strongest first. The first choice that
fits the images and that no answer about the classes speaks against becomes a card; where there is
none, the preset does without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.augment.pipeline import Card, Group, Pipeline
from engine.augment.safety import NO_ANSWERS, refused_by
from engine.transforms.base import ImageFacts, Transform
from engine.transforms.colour.saturation import Saturation
from engine.transforms.colour.stain import StainJitter
from engine.transforms.colour.tone import BrightnessContrast, Gamma
from engine.transforms.geometry import Elastic, Flip, QuarterTurn, Rotate, Shear, Shift, Zoom
from engine.transforms.noise.sensor import GaussianNoise

__all__ = ["PRESETS", "Preset", "Step"]

_ANY = ImageFacts(channels=1, height=64, width=64)
"""What fits grey images fits any: no card needs one channel, some need three."""


@dataclass(frozen=True)
class Step:
    """One card of a preset.

    Attributes:
        id: the card's id.
        choices: its transforms, the strongest first.
        probability: the fraction of images that it changes.
        only_if_no: whether it needs every question of its own answered with no: an unanswered one
            leaves the choice out.
        channels: the number of channels that it is meant for, 0 for any.
        group: the id of the preset's group that the card belongs to, ``""`` for none.
    """

    id: str
    choices: tuple[Transform, ...]
    probability: float = 1.0
    only_if_no: bool = False
    channels: int = 0
    group: str = ""

    def card(self, images: ImageFacts, answers: Mapping[str, bool]) -> Card | None:
        """The card of the first choice that fits; None where none does."""
        if self.channels not in (0, images.channels):
            return None
        for transform in self.choices:
            if refused_by(transform, answers) or any(transform.misfits(images)):
                continue
            raised = transform.questions()
            if self.only_if_no and any(answers.get(name) is not False for name in raised):
                continue
            return Card(self.id, transform, probability=self.probability, group=self.group)
        return None


@dataclass(frozen=True)
class Preset:
    """A named pipeline, with the reason that the page shows beside it."""

    name: str
    title: str
    reason: str
    steps: tuple[Step, ...] = ()
    groups: tuple[Group, ...] = ()

    def pipeline_for(
        self, images: ImageFacts, answers: Mapping[str, bool] = NO_ANSWERS
    ) -> Pipeline:
        """The preset for such images, without what the answers speak against."""
        found = (step.card(images, answers) for step in self.steps)
        cards = tuple(card for card in found if card is not None)
        used = {card.group for card in cards}
        return Pipeline(cards, groups=tuple(group for group in self.groups if group.id in used))

    @property
    def pipeline(self) -> Pipeline:
        """The preset for images of any number of channels, when nothing was answered yet."""
        return self.pipeline_for(_ANY)


_NONE = Preset(
    "none",
    "None",
    "Every image is seen as it is. The baseline that the others are compared with, and right for "
    "very large data sets.",
)

_LIGHT = Preset(
    "light",
    "Light",
    "Small shifts and slight changes of light that hardly any class minds: no flips and no turns, "
    "so digits, text and left-right pairs stay what they are.",
    (
        Step("shift", (Shift(width=0.06, height=0.06),)),
        Step("zoom", (Zoom(factor_range=(0.95, 1.05)),)),
        Step("brightness_contrast", (BrightnessContrast(brightness=0.1, contrast=0.1),)),
    ),
)

_STANDARD = Preset(
    "standard",
    "Standard",
    "Left-right flips, small turns, shifts and zooms, and moderate changes of light: right for "
    "most photographs. Switch flip off where left and right are different classes.",
    (
        Step("flip", (Flip(horizontal=True, vertical=False),)),
        Step("rotate", (Rotate(degrees=15.0), Rotate(degrees=5.0))),
        Step("shift", (Shift(width=0.1, height=0.1), Shift(width=0.05, height=0.05))),
        Step("zoom", (Zoom(factor_range=(0.9, 1.1)), Zoom(factor_range=(0.97, 1.03)))),
        Step("brightness_contrast", (BrightnessContrast(brightness=0.2, contrast=0.2),)),
        Step("saturation", (Saturation(amount=0.2),), channels=3),
    ),
)

_STRONG = Preset(
    "strong",
    "Strong",
    "All flips and turns, large shifts and zooms, strong changes of light: for few images without "
    "a natural up, such as cells under a microscope or pictures from above. Needs more epochs.",
    (
        Step("flip", (Flip(vertical=True), Flip())),
        Step("rotate", (Rotate(degrees=180.0), Rotate(degrees=30.0), Rotate(degrees=5.0))),
        Step("shift", (Shift(width=0.15, height=0.15), Shift(width=0.05, height=0.05))),
        Step("zoom", (Zoom(factor_range=(0.8, 1.25)), Zoom(factor_range=(0.97, 1.03)))),
        Step("brightness_contrast", (BrightnessContrast(brightness=0.3, contrast=0.3),)),
        Step("saturation", (Saturation(amount=0.3),), channels=3),
    ),
)

_MICROSCOPY = Preset(
    "microscopy",
    "Microscopy",
    "For what has no natural up, such as cells on a slide and views from above: every flip and "
    "turn is a new, true view. Tissue and cells bend a little; stains, or brightness in grey "
    "images, vary from slide to slide.",
    (
        Step("flip", (Flip(vertical=True), Flip())),
        Step("quarter_turn", (QuarterTurn(),)),
        # Half of the images keep their exact pixels: quarter turns and flips blend none.
        Step("rotate", (Rotate(degrees=180.0), Rotate(degrees=15.0)), probability=0.5),
        Step("shift", (Shift(width=0.06, height=0.06),)),
        Step("zoom", (Zoom(factor_range=(0.9, 1.1)), Zoom(factor_range=(0.97, 1.03)))),
        Step("elastic", (Elastic(strength=0.01, smoothness=0.1),), probability=0.5),
        Step("stain_jitter", (StainJitter(strength=0.1, background=0.02),), channels=3),
        Step("brightness_contrast", (BrightnessContrast(brightness=0.1, contrast=0.1),)),
        Step("gamma", (Gamma(gamma_range=(0.8, 1.25)),), channels=1),
    ),
)

# Chosen by 5-fold cross-validation on the 624 training and validation images of BreastMNIST, 28 px,
# template small_resnet, 120 epochs, against no augmentation with equal fold and seed, n = 24 pairs
# (folds overlap, so the intervals are too narrow): accuracy +4.3 points (95 % interval 2.4 to 6.1)
# and area under ROC +3.2 (1.2 to 5.3) with half of the images moved, these strengths and up to 1.5
# times these taken together; +3.2 (1.6 to 4.8) and +2.0 (0.4 to 3.6) with all images moved.
_XRAY = Preset(
    "xray",
    "X-ray and scans",
    "For grey images with a natural up, such as X-ray and ultrasound, of which there are mostly "
    "few: turns, shifts and zooms as between two takes for half of the images (the others stay as "
    "sharp as they are), and changes of exposure; never upside down, and left-right flips only "
    "after you said that a mirror image keeps its class.",
    (
        Step("flip", (Flip(horizontal=True, vertical=False),), only_if_no=True),
        Step("rotate", (Rotate(degrees=10.0), Rotate(degrees=5.0)), group="moves"),
        Step("shift", (Shift(width=0.07, height=0.07),), group="moves"),
        Step(
            "zoom", (Zoom(factor_range=(0.9, 1.1)), Zoom(factor_range=(0.97, 1.03))), group="moves"
        ),
        Step("brightness_contrast", (BrightnessContrast(brightness=0.15, contrast=0.15),)),
        Step("gamma", (Gamma(gamma_range=(0.8, 1.25)),)),
    ),
    # Moving blends neighbouring pixels, most visibly in small images, and the images to be judged
    # are not blended: so half of the images keep their exact pixels.
    (Group("moves", pick=3, probability=0.5),),
)

_TEXT = Preset(
    "text",
    "Text and digits",
    "For signs that are read: small shifts, turns, slants and sizes, a little bending and grain, "
    "as hands, pens and scanners differ. No flips: a mirrored b is a d.",
    (
        Step("rotate", (Rotate(degrees=8.0),)),
        Step("shift", (Shift(width=0.08, height=0.08),)),
        Step("shear", (Shear(x=10.0, y=0.0),)),
        Step("zoom", (Zoom(factor_range=(0.9, 1.1), per_axis=True),)),
        Step("elastic", (Elastic(strength=0.01, smoothness=0.1),), probability=0.5),
        Step("brightness_contrast", (BrightnessContrast(brightness=0.1, contrast=0.2),)),
        Step("gaussian_noise", (GaussianNoise(deviation_range=(0.0, 0.03)),), probability=0.5),
    ),
)

PRESETS: dict[str, Preset] = {
    preset.name: preset for preset in (_NONE, _LIGHT, _STANDARD, _STRONG, _MICROSCOPY, _XRAY, _TEXT)
}
"""By name, in the order to show: the general ones by strength, then those for one kind of image."""
