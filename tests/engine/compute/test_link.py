"""Probabilities from scores."""

from __future__ import annotations

import torch

from engine.compute.link import probabilities

SCORES = torch.randn(7, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def test_softmax_is_torchs() -> None:
    torch.testing.assert_close(probabilities(SCORES, "softmax"), SCORES.softmax(1))


def test_sigmoid_is_each_classes_own_share() -> None:
    own = SCORES.sigmoid()
    torch.testing.assert_close(probabilities(SCORES, "sigmoid"), own / own.sum(1, keepdim=True))


def test_two_classes_that_agree_keep_their_probability() -> None:
    scores = torch.tensor([[1.3, -1.3]], dtype=torch.float64)
    torch.testing.assert_close(probabilities(scores, "sigmoid"), scores.sigmoid())


def test_scores_far_below_zero_still_give_shares() -> None:
    found = probabilities(torch.tensor([[-2000.0, -2001.0]]), "sigmoid")
    torch.testing.assert_close(found.sum(1), torch.ones(1))
    assert found[0, 0] > found[0, 1]
