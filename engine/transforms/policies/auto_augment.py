"""AutoAugment: pairs of operations that a search found good for a data set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from engine.spec import param
from engine.transforms.base import TRANSFORMS, Deal, ImageFacts, Policy
from engine.transforms.policies.operations import choice_of, deal, options_for, questions_about
from engine.transforms.policies.spaces import STANDARD, Space, Span
from engine.transforms.policies.tables import POLICIES, Step

if TYPE_CHECKING:
    import torch
    from torch import Tensor

__all__ = ["AutoAugment"]

_ALL = {**STANDARD, "invert": Span()}
_TOP = 9  # levels go from 0 to 9


@TRANSFORMS.register
class AutoAugment(Policy):
    """One of 25 pairs of operations for each image, each acting with its own probability.

    Cubuk, Zoph, Mané, Vasudevan & Le 2019, "AutoAugment: learning augmentation strategies from
    data": the policies that their search found for ImageNet (photographs), CIFAR-10 (small
    pictures of things) and SVHN (house numbers); the tables are in ``policies/tables.py``.
    """

    kind = "auto_augment"
    title = "AutoAugment"
    summary = "Policies that a search found for photographs, small pictures and house numbers."
    danger = (
        "Found on other images than yours, and often inverts them, or changes colours strongly."
    )
    icon = "scroll-text"
    draws = 5

    policy: Literal["imagenet", "cifar10", "svhn"] = param(
        "imagenet",
        help="The images that the policy was found on: photographs (imagenet), small pictures of "
        "animals and vehicles (cifar10), or digits of house numbers (svhn). On images that are "
        "not red, green and blue, its changes of saturation are left out.",
    )

    def questions(self) -> tuple[str, ...]:
        """Those of its operations, each at its strongest in the policy."""
        return questions_about(self._space(), 1.0)

    def deals(self, draws: Tensor, images: ImageFacts) -> tuple[Deal, ...]:
        """Which pair; then for each of its two operations whether it acts, and which side."""
        pairs, space = POLICIES[self.policy], self._space()
        which = choice_of(draws[:, 0], len(pairs))
        found: list[Deal] = []
        for place in (0, 1):
            steps = [pair[place] for pair in pairs]
            acts, side = draws[:, 1 + 2 * place], draws[:, 2 + 2 * place]
            found += _deal_step(space, steps, which, acts, side, images)
        return tuple(found)

    def _space(self) -> Space:
        used = {name for pair in POLICIES[self.policy] for name, chance, _ in pair if chance > 0}
        return {name: span for name, span in _ALL.items() if name in used}


def _deal_step(
    space: Space,
    steps: Sequence[Step],
    which: Tensor,
    acts: Tensor,
    side: Tensor,
    images: ImageFacts,
) -> Iterator[Deal]:
    options = options_for(space, images)
    numbers = {name: number for number, name in enumerate(options)}
    table = [(numbers.get(name, -1), chance, level / _TOP) for name, chance, level in steps]
    known = _constant(tuple(table), side.dtype, side.device)
    number, chance, level = known[which].unbind(1)
    number = number.masked_fill(acts >= chance, -1.0)  # -1 is none of the options
    return deal(space, options, number.long(), level, side, images)


@lru_cache(maxsize=256)
def _constant(
    table: tuple[tuple[float, ...], ...], dtype: torch.dtype, device: torch.device
) -> Tensor:
    """A table on the device; kept, for a card would be waited for."""
    import torch

    return torch.tensor(table, dtype=dtype, device=device)
