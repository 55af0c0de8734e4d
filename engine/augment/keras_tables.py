"""What Keras calls things, and what does the same here, for the help and for conversion.

Keras' behaviour is as its source has it (``keras/src/legacy/preprocessing/image.py`` and
``keras/src/layers/preprocessing`` of Keras 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["ARGUMENTS", "LAYERS", "MATCHES", "Match"]


@dataclass(frozen=True, slots=True)
class Match:
    """One name of Keras and what does its work in Fovea.

    Attributes:
        name: Keras' name.
        fovea: the card with its setting, or the place in the window; ``""`` where there is none.
        relation: ``"same"``, ``"differs"`` (same work, not the same numbers), ``"elsewhere"`` (not
            a matter of augmentation here) or ``"none"``.
        says: what differs, or who does the work, in a sentence or two.
        kinds: the kinds of the cards that ``fovea`` names.
    """

    name: str
    fovea: str
    relation: Literal["same", "differs", "elsewhere", "none"]
    says: str
    kinds: tuple[str, ...] = ()


_NORMAL = "Normalisation of the network's input (automatic)"

MATCHES: tuple[Match, ...] = (
    Match(
        "featurewise_center",
        _NORMAL,
        "elsewhere",
        "Always on: every run measures the mean of each channel over its training images and "
        "subtracts it.",
    ),
    Match(
        "samplewise_center",
        "",
        "none",
        "Images are not centred one by one. Brightness makes the network indifferent to an "
        "image's mean, and batch norm layers do the rest.",
    ),
    Match(
        "featurewise_std_normalization",
        _NORMAL,
        "elsewhere",
        "Always on: every run measures the standard deviation of each channel over its training "
        "images and divides by it.",
    ),
    Match(
        "samplewise_std_normalization",
        "Autocontrast",
        "differs",
        "Autocontrast with probability 1 stretches each image to the full range, but only in "
        "training. Contrast makes the network indifferent to an image's contrast.",
        ("autocontrast",),
    ),
    Match(
        "zca_whitening",
        "",
        "none",
        "Whitening is not offered: it needs a matrix of all pixels by all pixels, and networks "
        "with batch norm gain nothing from it.",
    ),
    Match("zca_epsilon", "", "none", "Belongs to zca_whitening."),
    Match(
        "rotation_range",
        "Rotate: degrees",
        "same",
        "Degrees to either side, drawn evenly.",
        ("rotate",),
    ),
    Match(
        "width_shift_range",
        "Shift: width",
        "same",
        "The fraction of the width to either side. Numbers of 1 and more are pixels in Keras: "
        "divide them by the width. Lists of distances have no match.",
        ("shift",),
    ),
    Match(
        "height_shift_range",
        "Shift: height",
        "same",
        "The fraction of the height to either side. Numbers of 1 and more are pixels in Keras: "
        "divide them by the height. Lists of distances have no match.",
        ("shift",),
    ),
    Match(
        "brightness_range",
        "Brightness and contrast: brightness",
        "differs",
        "The factor for all values, 1 for unchanged. Keras first stretches each image from its "
        "darkest to its lightest value to the full range, which Fovea does not, and rounds to 8 "
        "bits.",
        ("brightness_contrast",),
    ),
    Match(
        "shear_range",
        "Shear: up and down",
        "same",
        "Degrees, not a fraction: 0.2 is a fifth of a degree, which nobody sees; 10 is clearly "
        "visible. Keras moves columns up and down, and also stretches the width by 1 / cos, which "
        "is 6 % at 20°.",
        ("shear",),
    ),
    Match(
        "zoom_range",
        "Zoom: factor, with “each axis by itself”",
        "same",
        "One number z means factors from 1 - z to 1 + z, drawn for each axis by itself. Keras "
        "shrinks by factors above 1; Fovea enlarges by them, so the ends are exchanged: 0.2 "
        "becomes 1 / 1.2 = 0.83 to 1 / 0.8 = 1.25.",
        ("zoom",),
    ),
    Match(
        "channel_shift_range",
        "Channel shift: amount, with “each channel” off",
        "differs",
        "A fraction of the full range, so Keras' numbers are divided by 255. Keras, too, adds one "
        "number to all channels of an image, but keeps the result between the image's own darkest "
        "and lightest value.",
        ("channel_shift",),
    ),
    Match(
        "fill_mode",
        "Augmentation: fill",
        "same",
        "The same four: constant (kkkk|abcd|kkkk), nearest (aaaa|abcd|dddd), reflect "
        "(dcba|abcd|dcba: the edge pixel is doubled) and wrap (abcd|abcd|abcd). Keras' default is "
        "nearest, Fovea's is reflect.",
    ),
    Match(
        "cval",
        "Augmentation: fill value",
        "same",
        "From 0 (black) to 1 (white), so Keras' numbers are divided by 255.",
    ),
    Match(
        "horizontal_flip",
        "Flip: horizontal",
        "same",
        "Every second image, drawn by chance.",
        ("flip",),
    ),
    Match(
        "vertical_flip", "Flip: vertical", "same", "Every second image, drawn by chance.", ("flip",)
    ),
    Match(
        "rescale",
        "Reading of images (automatic)",
        "elsewhere",
        "Images of 8 and 16 bits always become numbers from 0 to 1; there is nothing to set.",
    ),
    Match(
        "preprocessing_function",
        "",
        "none",
        "A project never holds code. What such functions usually do is a card, a setting of the "
        "Data page, or the normalisation.",
    ),
    Match(
        "data_format",
        "",
        "elsewhere",
        "An inner matter: images are channels first throughout, and there is nothing to set.",
    ),
    Match(
        "validation_split",
        "Data: validation part",
        "elsewhere",
        "Drawn by a seed and class by class, where Keras takes the first files of each folder. "
        "Validation images are never augmented.",
    ),
    Match(
        "interpolation_order",
        "Augmentation: interpolation",
        "differs",
        "0 is nearest, 1 bilinear, 3 bicubic (a spline in Keras); 2, 4 and 5 have no match.",
    ),
    Match("dtype", "", "elsewhere", "Images are 32-bit floating point; see also Train: precision."),
)
"""Every argument of ``ImageDataGenerator``, in Keras' own order."""

LAYERS: tuple[Match, ...] = (
    Match(
        "RandomFlip",
        "Flip",
        "same",
        "mode “horizontal” and “vertical” are the two switches; “horizontal_and_vertical”, Keras' "
        "default, is both.",
        ("flip",),
    ),
    Match(
        "RandomRotation",
        "Rotate: degrees",
        "same",
        "factor is a part of a full turn: 0.1 is 36°. A pair of factors that is not symmetric has "
        "no match.",
        ("rotate",),
    ),
    Match(
        "RandomZoom",
        "Zoom",
        "differs",
        "Positive factors shrink in Keras: height_factor 0.2 means 1 / 1.2 = 0.83 to 1 / 0.8 = "
        "1.25 here. Without width_factor both axes share the factor (Zoom); with it each has its "
        "own (“each axis by itself”).",
        ("zoom",),
    ),
    Match(
        "RandomTranslation",
        "Shift: height, width",
        "same",
        "height_factor and width_factor are fractions here as there; pairs that are not symmetric "
        "have no match.",
        ("shift",),
    ),
    Match(
        "RandomShear",
        "Shear: sideways, up and down",
        "differs",
        "Fractions in Keras, degrees here: 0.2 is 11.3°.",
        ("shear",),
    ),
    Match(
        "RandomCrop",
        "Random crop",
        "differs",
        "Keras crops to another size, and the network sees that; here the size of the image stays "
        "and the crop is padded or enlarged to it. The network's size is Data: image side.",
        ("random_crop",),
    ),
    Match(
        "RandomContrast",
        "Brightness and contrast: contrast",
        "same",
        "factor 0.2 is ±20 % about the image's mean; Keras takes each channel's own mean, Fovea "
        "the image's mean grey.",
        ("brightness_contrast",),
    ),
    Match(
        "RandomBrightness",
        "Channel shift: amount",
        "same",
        "Keras adds a part of the full range: amount, with one offset for all channels. Fovea's "
        "brightness multiplies instead.",
        ("channel_shift",),
    ),
    Match(
        "RandomHue",
        "Hue: degrees",
        "differs",
        "factor 1 is half the colour circle: 180°.",
        ("hue",),
    ),
    Match(
        "RandomSaturation",
        "Saturation",
        "differs",
        "Keras' factor 0.5 changes nothing and 1 is full saturation; here 0 changes nothing.",
        ("saturation",),
    ),
    Match(
        "RandomGrayscale", "Grayscale", "same", "factor is the card's probability.", ("grayscale",)
    ),
    Match("RandomInvert", "Invert", "same", "factor is the card's probability.", ("invert",)),
    Match(
        "RandomPosterization", "Posterize: bits", "same", "The same number of bits.", ("posterize",)
    ),
    Match(
        "RandomSharpness",
        "Sharpness",
        "differs",
        "Keras' 0 changes nothing and 1 is sharpest.",
        ("sharpness",),
    ),
    Match(
        "RandomGaussianBlur",
        "Gaussian blur: standard deviation",
        "differs",
        "The kernel's size follows sigma.",
        ("gaussian_blur",),
    ),
    Match(
        "RandomElasticTransform", "Elastic", "differs", "See the card's own settings.", ("elastic",)
    ),
    Match(
        "RandomPerspective",
        "Perspective",
        "differs",
        "See the card's own settings.",
        ("perspective",),
    ),
    Match(
        "RandomErasing",
        "Random erasing",
        "differs",
        "See the card's own settings.",
        ("random_erasing",),
    ),
    Match(
        "RandomColorJitter",
        "Brightness and contrast, Saturation, Hue",
        "differs",
        "Three cards.",
        (
            "brightness_contrast",
            "saturation",
            "hue",
        ),
    ),
    Match(
        "RandomColorDegeneration",
        "Saturation",
        "differs",
        "Only towards grey in Keras.",
        ("saturation",),
    ),
    Match(
        "AutoContrast",
        "Autocontrast",
        "same",
        "Here only in training, as every card.",
        ("autocontrast",),
    ),
    Match(
        "Equalization", "Equalize", "same", "Here only in training, as every card.", ("equalize",)
    ),
    Match(
        "Solarization",
        "Solarize",
        "differs",
        "The threshold counts from 0 to 1 here.",
        ("solarize",),
    ),
    Match(
        "RandAugment", "RandAugment", "differs", "See the card's own settings.", ("rand_augment",)
    ),
    Match("AugMix", "AugMix", "differs", "See the card's own settings.", ("augmix",)),
    Match("MixUp", "MixUp", "same", "alpha is the parameter of the Beta distribution.", ("mixup",)),
    Match(
        "CutMix",
        "CutMix",
        "same",
        "factor is alpha, the parameter of the Beta distribution.",
        ("cutmix",),
    ),
    Match(
        "Rescaling",
        "Reading of images (automatic)",
        "elsewhere",
        "Images always become numbers from 0 to 1.",
    ),
    Match(
        "Normalization",
        _NORMAL,
        "elsewhere",
        "Always on, with each channel's mean and deviation over the training images.",
    ),
    Match("Resizing", "Data: image side", "elsewhere", "With Data: fit to the square."),
    Match("CenterCrop", "Data: fit to the square", "elsewhere", "“Crop” keeps the middle."),
)
"""Keras' preprocessing layers for images."""

ARGUMENTS: tuple[str, ...] = tuple(match.name for match in MATCHES)
"""The arguments of ``ImageDataGenerator`` in their order, for calls that do not name them."""
