"""Logarithms and powers against numpy's in float64, and the same bits in any slice."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.randomness import sample_keys
from engine.transforms.arithmetic import exp2, log2, per_channel, power


def positive(count: int = 50_001) -> torch.Tensor:
    """Float32 numbers of every size, and closely around 1."""
    source = np.random.default_rng(0)
    wide = source.random(count) * 2.0 ** source.integers(-60, 60, count)
    near = 1 + (source.random(count) - 0.5) / 50
    return torch.from_numpy(np.concatenate((wide[wide > 0], near))).float()


def test_logarithms_are_exact_to_float32() -> None:
    values = positive()
    expected = np.log2(values.double().numpy())
    error = np.abs(log2(values).double().numpy() - expected)
    assert (error <= 1e-7 * np.maximum(np.abs(expected), 1) + 1e-7 * np.abs(expected)).all()


def test_exponentials_are_exact_to_float32() -> None:
    values = torch.linspace(-60, 60, 100_001)
    expected = np.exp2(values.double().numpy())
    assert np.abs(exp2(values).double().numpy() / expected - 1).max() < 3e-7


def test_whole_powers_of_two_are_exact() -> None:
    whole = torch.arange(-126.0, 128.0)
    # ldexp, for numpy's own exp2 of float32 is not exact on every processor.
    expected = np.ldexp(np.float32(1), whole.numpy().astype(int))
    assert torch.equal(exp2(whole), torch.from_numpy(expected))
    assert torch.equal(log2(exp2(whole)), whole)


def test_exponentials_stay_finite() -> None:
    far = exp2(torch.tensor([-1e9, -1000.0, 1000.0, 1e9]))
    assert torch.equal(far, torch.tensor([2.0**-126, 2.0**-126, 2.0**127, 2.0**127]))


@pytest.mark.parametrize("exponent", [0.1, 0.45, 1.0, 2.2, 10.0])
def test_powers_equal_numpys(exponent: float) -> None:
    values = torch.linspace(0, 1, 65_536)
    found = power(values, torch.tensor(exponent))
    expected = values.double().numpy() ** float(np.float32(exponent))
    assert np.abs(found.double().numpy() - expected).max() < 2e-7
    assert found[0] == 0
    assert found[-1] == 1


@pytest.mark.parametrize("length", [1, 2, 3, 7, 15, 33, 1000])
def test_bits_do_not_depend_on_the_place_in_a_tensor(length: int) -> None:
    values = torch.rand(3000, generator=torch.Generator().manual_seed(1)).clamp(min=1e-6)
    exponent = torch.tensor(1.7)
    for start in (0, 1, 5, 1234):
        part = slice(start, start + length)
        assert torch.equal(log2(values[part]), log2(values)[part])
        assert torch.equal(exp2(-9 * values[part]), exp2(-9 * values)[part])
        assert torch.equal(power(values[part], exponent), power(values, exponent)[part])
    stepped = values[::3]
    assert torch.equal(log2(stepped), log2(values)[::3])


def test_arguments_are_left_alone() -> None:
    values = torch.rand(100, generator=torch.Generator().manual_seed(1)) + 0.1
    before = values.clone()
    for function in (log2, exp2, lambda numbers: power(numbers, torch.tensor(2.0))):
        function(values)
        assert torch.equal(values, before)


def test_channels_have_numbers_of_their_own() -> None:
    keys = sample_keys(0, 0, torch.arange(4000), 5)
    numbers = per_channel(keys, 5)
    assert numbers.shape == (4000, 5)
    assert 0 <= numbers.min() < numbers.max() < 1
    assert (numbers.mean(0) - 0.5).abs().max() < 0.02  # 4.4 standard errors of an even spread
    assert torch.corrcoef(numbers.T).fill_diagonal_(0).abs().max() < 0.07
    assert torch.equal(per_channel(keys[7:8], 5), numbers[7:8])
    assert torch.equal(per_channel(keys, 3), numbers[:, :3])
