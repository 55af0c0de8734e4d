"""Cross-entropy against its formula."""

from __future__ import annotations

import pytest
import torch

from engine.losses.cross_entropy import CrossEntropy


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_cross_entropy_is_its_formula(smoothing: float) -> None:
    scores = torch.randn(9, 4, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(9) % 4
    wanted = torch.full((9, 4), smoothing / 4)
    wanted[torch.arange(9), labels] += 1 - smoothing
    expected = -(wanted * scores.log_softmax(1)).sum(1).mean()
    got = CrossEntropy(label_smoothing=smoothing).build()(scores, labels)
    torch.testing.assert_close(got, expected)


def test_bf16_scores_are_summed_in_fp32() -> None:
    scores = torch.randn(9, 4, generator=torch.Generator().manual_seed(0)).bfloat16()
    loss = CrossEntropy().build()(scores, torch.arange(9) % 4)
    assert loss.dtype is torch.float32
