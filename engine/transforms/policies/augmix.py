"""AugMix: an image blended with several randomly changed copies of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.spec import param
from engine.transforms.base import TRANSFORMS, Blending, Deal, ImageFacts
from engine.transforms.policies.operations import choice_of, deal, options_for, questions_about
from engine.transforms.policies.spaces import AUGMIX, Space

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["AugMix"]

_WIDEST, _DEEPEST, _LEVELS = 5, 3, 10
_CHAIN = 1 + 3 * _DEEPEST  # its length, then which, side and strength of each operation
_TONES = ("brightness", "contrast", "saturation", "sharpness")


@TRANSFORMS.register
class AugMix(Blending):
    """Several short chains of operations on copies of an image, blended with the image itself.

    Hendrycks, Mu, Cubuk, Zoph, Gilmer & Lakshminarayanan 2020, "AugMix: a simple data processing
    method to improve robustness and uncertainty". The copies' weights are drawn from
    Dirichlet(1, …, 1), the image's own share from Beta(1, 1): alpha is 1, as in the paper. Every
    chain starts from the image as it reaches this card, after all geometric cards. The paper's
    additional loss, which holds predictions of several versions together, is not part of it.
    """

    kind = "augmix"
    title = "AugMix"
    summary = "Blends soft mixtures that stay recognisable; for robustness to other cameras."
    danger = "Costs as much as several cards; shows ghosts of turned and shifted copies."
    icon = "merge"
    draws = _WIDEST + _WIDEST * _CHAIN

    severity: int = param(
        3,
        ge=1,
        le=_LEVELS,
        search=(1, 6),
        help="The strongest level that an operation may have, of 10; drawn evenly up to it.",
    )
    width: int = param(
        3, ge=1, le=_WIDEST, search=(1, 4), help="How many changed copies are blended in."
    )
    depth: int | None = param(
        None,
        ge=1,
        le=_DEEPEST,
        help="How many operations follow each other in a copy; empty draws 1 to 3 for each.",
    )
    all_operations: bool = param(
        True,
        help="Also change brightness, contrast, saturation and sharpness; the paper leaves them "
        "out, for its tests contain them. Saturation only acts on red, green and blue images.",
    )

    def questions(self) -> tuple[str, ...]:
        """Those of its operations at their strongest."""
        return questions_about(self._space(), (self.severity - 1) / (_LEVELS - 1))

    def branches(
        self, draws: Tensor, images: ImageFacts
    ) -> tuple[Tensor, tuple[tuple[Deal, ...], ...]]:
        """Weights that sum to 1, and each chain's operations in order.

        Dirichlet(1, …, 1) weights are the gaps that evenly drawn numbers leave in 0..1 (Devroye
        1986, "Non-uniform random variate generation", chapter V).
        """
        import torch

        share = draws[:, :1]
        cuts = draws[:, 1 : self.width].sort(dim=1).values
        edges = torch.cat((torch.zeros_like(share), cuts, torch.ones_like(share)), dim=1)
        weights = torch.cat((1.0 - share, (edges[:, 1:] - edges[:, :-1]) * share), dim=1)
        starts = range(_WIDEST, _WIDEST + self.width * _CHAIN, _CHAIN)
        return weights, tuple(
            self._chain(draws[:, start : start + _CHAIN], images) for start in starts
        )

    def _chain(self, draws: Tensor, images: ImageFacts) -> tuple[Deal, ...]:
        space = self._space()
        options = options_for(space, images)
        length = choice_of(draws[:, 0], _DEEPEST) + 1
        found: list[Deal] = []
        for place in range(self.depth or _DEEPEST):
            which, side, strength = draws[:, 1 + 3 * place : 4 + 3 * place].unbind(1)
            number = choice_of(which, len(options))
            if self.depth is None:
                number = number.masked_fill(length <= place, -1)  # -1 is none of the options
            levels = choice_of(strength, self.severity).to(draws.dtype) / (_LEVELS - 1)
            found += deal(space, options, number, levels, side, images)
        return tuple(found)

    def _space(self) -> Space:
        if self.all_operations:
            return AUGMIX
        return {name: span for name, span in AUGMIX.items() if name not in _TONES}
