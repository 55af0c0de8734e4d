"""Test-time augmentation: which cards of a pipeline change images that a model is tried on."""

from __future__ import annotations

from dataclasses import replace

from engine.augment.pipeline import Pipeline
from engine.errors import FoveaError
from engine.randomness import derive

__all__ = ["MOST_VARIANTS", "evaluation_cards", "for_evaluation", "variants_seed"]

MOST_VARIANTS = 100
"""More variants than this change the third digit of no probability, and take as much longer."""

_FAMILIES = ("geometric", "colour", "noise")
_STREAM = 0x746573742D74696D  # "test-tim"


def evaluation_cards(pipeline: Pipeline) -> Pipeline:
    """The same with only those cards that make an image such as the camera might have taken.

    Geometric, colour and noise cards take part: they imitate another position, light or sensor, and
    an average over those is what test-time augmentation is. Left out are

    * mixing cards, for a mixed image has no class of its own to predict;
    * erasing and grid masks, for they hide what the prediction rests on: they are there to make
      training harder, and no image to be classified has holes;
    * policies, for they are drawn wide on purpose and hold changes (solarize, posterize, strong
      shear) that no camera makes; at training they regularise, here they would only blur.

    A group picks among those of its cards that are left.
    """
    cards = tuple(card for card in pipeline.active if card.transform.family in _FAMILIES)
    used = {card.group for card in cards}
    groups = tuple(group for group in pipeline.groups if group.id in used)
    return replace(pipeline, cards=cards, groups=groups)


def for_evaluation(pipeline: Pipeline) -> Pipeline:
    """:func:`evaluation_cards`, which must not be empty: raises FoveaError FV-T014."""
    found = evaluation_cards(pipeline)
    if found.cards:
        return found
    raise FoveaError(
        "FV-T014",
        "There are no variants to average over.",
        where="augment",
        why="No card of the augmentation that this run was trained with moves pixels, changes "
        "colours or adds noise; mixing, erasing and policies are for training only.",
        kept="Nothing was changed.",
        fix="Evaluate without variants, or train with such a card, a flip for instance.",
    )


def variants_seed(seed: int) -> int:
    """The seed of the variants for a run of ``seed``: other draws than any that training made."""
    return derive(seed, _STREAM)
