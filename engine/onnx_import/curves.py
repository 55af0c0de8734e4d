"""Activations, recognised by what they compute, however an exporter spells them.

``x * sigmoid(x)``, ``x * relu6(x + 3) / 6`` and half of all GELUs arrive as several operators. Any
chain of them over one value is a function of one number: it is computed at sample points and
compared with the activations that Fovea knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import erf, log, pi

import numpy as np

from engine.layers.activation import (
    Celu,
    Elu,
    Gelu,
    HardSigmoid,
    HardSwish,
    HardTanh,
    LeakyRelu,
    Mish,
    Relu,
    Relu6,
    Selu,
    Sigmoid,
    Silu,
    Softplus,
    Softsign,
    Tanh,
)
from engine.layers.base import Layer

__all__ = ["SAMPLES", "UNARY", "line", "recognise"]

_FAR = [50.0, 100.0, 1e3, 1e4]
SAMPLES = np.concatenate([[-v for v in reversed(_FAR)], np.linspace(-12, 12, 481), _FAR])
"""Where functions are compared."""

_ERF = np.vectorize(erf)
_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * x))


def _softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, x)


def _elu(x: np.ndarray, alpha: float) -> np.ndarray:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def _celu(x: np.ndarray, alpha: float) -> np.ndarray:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0) / alpha))


UNARY: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "Abs": np.abs,
    "Erf": _ERF,
    "Exp": np.exp,
    "Log": np.log,
    "Neg": np.negative,
    "Reciprocal": lambda x: 1 / x,
    "Relu": lambda x: np.maximum(x, 0),
    "Sigmoid": _sigmoid,
    "Softplus": _softplus,
    "Softsign": lambda x: x / (1 + np.abs(x)),
    "Sqrt": np.sqrt,
    "Tanh": np.tanh,
    "HardSwish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "Mish": lambda x: x * np.tanh(_softplus(x)),
}
"""Operators of one number without parameters."""


def _gelu(x: np.ndarray, approximate: str) -> np.ndarray:
    if approximate == "tanh":
        return 0.5 * x * (1 + np.tanh(np.sqrt(2 / pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * (1 + _ERF(x / np.sqrt(2)))


UNARY["Gelu"] = lambda x: _gelu(x, "none")

_FIXED: tuple[tuple[Layer, np.ndarray], ...] = (
    (Relu(), UNARY["Relu"](SAMPLES)),
    (Relu6(), np.clip(SAMPLES, 0, 6)),
    (Silu(), SAMPLES * _sigmoid(SAMPLES)),
    (Sigmoid(), _sigmoid(SAMPLES)),
    (HardSwish(), UNARY["HardSwish"](SAMPLES)),
    (HardSigmoid(), np.clip(SAMPLES / 6 + 0.5, 0, 1)),
    (Gelu(), _gelu(SAMPLES, "none")),
    (Gelu(approximate="tanh"), _gelu(SAMPLES, "tanh")),
    (Mish(), UNARY["Mish"](SAMPLES)),
    (Tanh(), np.tanh(SAMPLES)),
    (Softsign(), UNARY["Softsign"](SAMPLES)),
    (Selu(), _SELU_SCALE * _elu(SAMPLES, _SELU_ALPHA)),
)


def recognise(values: np.ndarray) -> Layer | None:
    """The activation that has these values at ``SAMPLES``; None when there is none."""
    if not np.isfinite(values).all():
        return None
    for layer, expected in _FIXED:
        if _close(values, expected):
            return layer
    return next((layer for layer, expected in _shaped(values) if _close(values, expected)), None)


def line(values: np.ndarray) -> tuple[float, float] | None:
    """Factor and shift of ``a * x + b``; None when the function is no straight line."""
    middle = len(SAMPLES) // 2
    shift = float(values[middle])
    factor = float(np.dot(values - shift, SAMPLES) / np.dot(SAMPLES, SAMPLES))
    return (factor, shift) if _close(values, factor * SAMPLES + shift) else None


def _shaped(values: np.ndarray) -> Iterator[tuple[Layer, np.ndarray]]:
    """Activations with a parameter, set as the values suggest."""
    lowest, highest = float(values.min()), float(values.max())
    slope = float(values[0] / SAMPLES[0])
    if 0 <= slope <= 1:
        yield LeakyRelu(slope=_neat(slope)), np.where(SAMPLES > 0, SAMPLES, slope * SAMPLES)
    if -1000 <= lowest < highest <= 1000:
        low, high = _neat(lowest), _neat(highest)
        yield HardTanh(lowest=low, highest=high), np.clip(SAMPLES, low, high)
    if 0 < -lowest <= 10:
        alpha = _neat(-lowest)
        yield Elu(alpha=alpha), _elu(SAMPLES, alpha)
        yield Celu(alpha=alpha), _celu(SAMPLES, alpha)
    start = float(values[len(SAMPLES) // 2])
    if 0 < log(2) / 100 <= start:
        beta = _neat(log(2) / start)
        yield Softplus(beta=beta), np.logaddexp(0, beta * SAMPLES) / beta


def _neat(number: float) -> float:
    """The number without what float32 added to it."""
    return float(f"{number:.6g}")


def _close(values: np.ndarray, expected: np.ndarray) -> bool:
    return bool(np.all(np.abs(values - expected) <= 2e-6 * (1 + np.abs(expected))))
