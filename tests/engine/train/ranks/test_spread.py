"""What a shared training makes of a model, seen without another process."""

from __future__ import annotations

import torch

from engine.compile.factors import factors, mark, set_training
from engine.train.ranks.spread import synchronise, trained_norms
from tests.engine.train.hand_made import net


def test_synchronised_norms_keep_names_weights_and_what_was_noted_at_them() -> None:
    model = net()
    mark(model[1], 0.0)
    before, slow = model.state_dict(), factors(model)
    synchronise(model)
    assert isinstance(model[1], torch.nn.SyncBatchNorm)
    assert list(model.state_dict()) == list(before)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert factors(model) == slow


def test_frozen_norms_are_not_averaged() -> None:
    model = net()
    assert trained_norms(model) == [model[1]]
    mark(model[1], 0.0)
    set_training(model)
    assert trained_norms(model) == []
