"""Operator by operator: what is imported computes what the reference runtime computes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from onnx import NodeProto

from engine.onnx_import import import_onnx
from engine.onnx_import.handlers import known
from tests.engine.onnx_import.samples import agreed, ints, kinds, model, node, weights

Case = tuple[Sequence[NodeProto], dict[str, np.ndarray], list[str]]

_MEAN = [node("GlobalAveragePool", "h"), node("Flatten", "globalaveragepool_out", "y")]
_END = ["global_avg_pool"]
W = {"w": weights(4, 3, 3, 3), "b": weights(4)}
F32 = np.float32
THREE_BY_TWO: dict[str, Any] = {"kernel_shape": [3, 3], "strides": [2, 2]}


def conv(**attributes: Any) -> list[NodeProto]:
    return [node("Conv", "x w b", "h", **attributes), *_MEAN]


CASES: dict[str, Case] = {
    "conv": (conv(pads=[1, 1, 1, 1]), W, ["conv2d"]),
    "conv_stride": (conv(strides=[2, 1], pads=[1, 0, 1, 0]), W, ["conv2d"]),
    "conv_dilated": (conv(dilations=[2, 2]), W, ["conv2d"]),
    "conv_uneven_border": (conv(pads=[0, 0, 1, 1], strides=[2, 2]), W, ["pad", "conv2d"]),
    "conv_same_upper": (conv(auto_pad="SAME_UPPER", strides=[2, 2]), W, ["pad", "conv2d"]),
    "conv_same_lower": (conv(auto_pad="SAME_LOWER", strides=[2, 2]), W, ["pad", "conv2d"]),
    "conv_valid": (conv(auto_pad="VALID"), W, ["conv2d"]),
    "conv_grouped": (
        [node("Conv", "x w", "h", group=3), *_MEAN],
        {"w": weights(6, 1, 3, 3)},
        ["depthwise_conv2d"],
    ),
    "conv_in_two_groups": (
        [node("Conv", "x w b", "g"), node("Conv", "g v", "h", group=2), *_MEAN],
        {**W, "v": weights(6, 2, 1, 3)},
        ["conv2d", "conv2d"],
    ),
    "conv_transpose": (
        [
            node("ConvTranspose", "x w", "h", strides=[2, 2], pads=[1] * 4, output_padding=[1, 1]),
            *_MEAN,
        ],
        {"w": weights(3, 4, 3, 3)},
        ["conv_transpose2d"],
    ),
    "pad": (
        [node("Pad", "x p v", "h", mode="constant"), *_MEAN],
        {"p": ints(0, 0, 1, 2, 0, 0, 3, 0), "v": np.array(0.5, F32)},
        ["pad"],
    ),
    "pad_reflect": (
        [node("Pad", "x p", "h", mode="reflect"), *_MEAN],
        {"p": ints(0, 0, 1, 2, 0, 0, 3, 0)},
        ["pad"],
    ),
    "batch_norm": (
        [node("BatchNormalization", "x s b m v", "h", epsilon=1e-3), *_MEAN],
        {"s": weights(3), "b": weights(3), "m": weights(3), "v": np.abs(weights(3)) + F32(0.5)},
        ["batch_norm"],
    ),
    "instance_norm": (
        [node("InstanceNormalization", "x s b", "h"), node("Relu", "h", "r"), *_MEAN],
        {"s": weights(3), "b": weights(3, seed=2)},
        ["instance_norm"],
    ),
    "local_response_norm": (
        [node("LRN", "x", "h", size=3, alpha=0.01, beta=0.5, bias=2.0), *_MEAN],
        {},
        ["local_response_norm"],
    ),
    "max_pool": (
        [node("MaxPool", "x", "h", kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 0]), *_MEAN],
        {},
        ["max_pool"],
    ),
    "max_pool_same": (
        [
            node("MaxPool", "x", "h", kernel_shape=[3] * 2, strides=[2] * 2, pads=[0, 0, 1, 1]),
            *_MEAN,
        ],
        {},
        ["max_pool"],
    ),
    "max_pool_uneven": (
        [
            node("MaxPool", "x", "h", kernel_shape=[3] * 2, strides=[2] * 2, pads=[1, 1, 0, 0]),
            *_MEAN,
        ],
        {},
        ["pad", "max_pool"],
    ),
    "average_pool": (
        [node("AveragePool", "x", "h", kernel_shape=[3, 3], pads=[1] * 4, strides=[2, 2]), *_MEAN],
        {},
        ["avg_pool"],
    ),
    "average_pool_counted": (
        [
            node(
                "AveragePool",
                "x",
                "h",
                kernel_shape=[3, 3],
                pads=[1] * 4,
                count_include_pad=1,
            ),
            *_MEAN,
        ],
        {},
        ["avg_pool"],
    ),
    "average_pool_same": (
        [
            node("AveragePool", "x", "h", kernel_shape=[3] * 2, strides=[2] * 2, pads=[0, 0, 1, 1]),
            *_MEAN,
        ],
        {},
        ["avg_pool"],
    ),
    "average_pool_of_all": (
        [node("AveragePool", "x", "h", kernel_shape=[8, 8]), node("Flatten", "h", "y")],
        {},
        [],
    ),
    "lp_pool": (
        [node("Relu", "x", "r"), node("LpPool", "r", "h", kernel_shape=[2, 2], p=2), *_MEAN],
        {},
        ["relu", "lp_pool"],
    ),
    "resize_nearest": (
        [
            node(
                "Resize",
                "x - s",
                "h",
                coordinate_transformation_mode="asymmetric",
                nearest_mode="floor",
            ),
            *_MEAN,
        ],
        {"s": np.array([1, 1, 3, 3], F32)},
        ["upsample"],
    ),
    "resize_linear": (
        [node("Resize", "x - - s", "h", mode="linear"), *_MEAN],
        {"s": ints(2, 3, 16, 16)},
        ["upsample"],
    ),
    "shift_and_scale": (
        [node("Sub", "x m", "s"), node("Div", "s d", "h"), *_MEAN],
        {"m": weights(1, 3, 1, 1), "d": np.array([[[2.0]], [[3.0]], [[4.0]]], F32)},
        ["depthwise_conv2d", "scale"],
    ),
    "prelu": (
        [node("PRelu", "x a", "h"), *_MEAN],
        {"a": np.array([[[0.1]], [[0.2]], [[0.3]]], F32)},
        ["prelu"],
    ),
    "softmax_inside": (
        [node("Softmax", "x", "h", axis=1), *_MEAN],
        {},
        ["softmax"],
    ),
    "split": (
        [
            node("Conv", "x w", "c"),
            node("Split", "c p", "a b", axis=1),
            node("Sigmoid", "b", "s"),
            node("Mul", "a s", "h"),
            *_MEAN,
        ],
        {"w": weights(6, 3, 1, 1), "p": ints(3, 3)},
        ["conv2d", "channel_slice", "sigmoid", "channel_slice", "multiply"],
    ),
    "slice": (
        [node("Slice", "x f t a", "s"), node("Concat", "s x", "h", axis=1), *_MEAN],
        {"f": ints(1), "t": ints(9), "a": ints(1)},
        ["channel_slice", "concat"],
    ),
    "difference": (
        [
            node("Conv", "x w b", "c", pads=[1] * 4),
            node("Conv", "x v", "d"),
            node("Sub", "c d", "h"),
            *_MEAN,
        ],
        {**W, "v": weights(4, 3, 1, 1)},
        ["conv2d", "conv2d", "scale", "add"],
    ),
    "channel_means": (
        [
            node("ReduceMean", "x", "m", axes=[1]),
            node("ReduceMax", "x", "t", axes=[1]),
            node("Concat", "m t", "c", axis=1),
            node("Conv", "c w", "g"),
            node("Sigmoid", "g", "s"),
            node("Mul", "x s", "h"),
            *_MEAN,
        ],
        {"w": weights(1, 2, 1, 1)},
        ["channel_pool", "channel_pool", "concat", "conv2d", "sigmoid", "multiply"],
    ),
    "depth_to_space": (
        [node("Conv", "x w", "c"), node("DepthToSpace", "c", "h", blocksize=2, mode="CRD"), *_MEAN],
        {"w": weights(12, 3, 1, 1)},
        ["conv2d", "pixel_shuffle"],
    ),
    "depth_to_space_by_column": (
        [
            node("Conv", "x w", "c"),
            node("DepthToSpace", "c", "d", blocksize=2, mode="DCR"),
            node("Conv", "d v", "h"),
            *_MEAN,
        ],
        {"w": weights(12, 3, 1, 1), "v": weights(4, 3, 2, 2)},
        ["conv2d", "channel_shuffle", "pixel_shuffle", "conv2d"],
    ),
    "space_to_depth": (
        [node("SpaceToDepth", "x", "d", blocksize=2), node("Conv", "d v", "h"), *_MEAN],
        {"v": weights(4, 12, 2, 2)},
        ["pixel_unshuffle", "channel_shuffle", "conv2d"],
    ),
    "channel_shuffle": (
        [
            node("Conv", "x w", "c"),
            node("Reshape", "c r", "d"),
            node("Transpose", "d", "e", perm=[0, 2, 1, 3, 4]),
            node("Reshape", "e s", "f"),
            node("Conv", "f v", "h", group=2),
            *_MEAN,
        ],
        {
            "w": weights(6, 3, 1, 1),
            "v": weights(4, 3, 3, 3),
            "r": ints(-1, 2, 3, 8, 8),
            "s": ints(-1, 6, 8, 8),
        },
        ["conv2d", "channel_shuffle", "conv2d"],
    ),
    "group_norm_in_parts": (
        [
            node("Conv", "x w", "c"),
            node("Reshape", "c r", "d"),
            node("InstanceNormalization", "d o z", "e"),
            node("Shape", "c", "size"),
            node("Reshape", "e size", "f"),
            node("Mul", "f g", "k"),
            node("Add", "k b", "l"),
            node("Relu", "l", "h"),
            *_MEAN,
        ],
        {
            "w": weights(6, 3, 1, 1),
            "r": ints(0, 2, -1),
            "o": np.ones(2, F32),
            "z": np.zeros(2, F32),
            "g": weights(6, 1, 1),
            "b": weights(6, 1, 1, seed=3),
        },
        ["conv2d", "group_norm", "relu"],
    ),
    "layer_norm_and_pointwise": (
        [
            node("Transpose", "x", "t", perm=[0, 2, 3, 1]),
            node("LayerNormalization", "t s b", "n", epsilon=1e-6),
            node("MatMul", "n w", "m"),
            node("Add", "m c", "a"),
            node("Relu", "a", "r"),
            node("Transpose", "r", "h", perm=[0, 3, 1, 2]),
            *_MEAN,
        ],
        {"s": weights(3), "b": weights(3, seed=2), "w": weights(3, 5), "c": weights(5)},
        ["layer_norm", "conv2d", "relu"],
    ),
    "tokens": (
        [
            node("Reshape", "x r", "d"),
            node("Transpose", "d", "t", perm=[0, 2, 1]),
            node("MatMul", "t w", "m"),
            node("Add", "m b", "a"),
            node("Relu", "a", "e"),
            node("Transpose", "e", "u", perm=[0, 2, 1]),
            node("Reshape", "u s", "f"),
            node("Conv", "f v", "h"),
            *_MEAN,
        ],
        {
            "r": ints(0, 3, 64),
            "w": weights(3, 4),
            "b": weights(4),
            "s": ints(0, 4, 8, 8),
            "v": weights(4, 4, 3, 3),
        },
        ["conv2d", "relu", "conv2d"],
    ),
    "sum_of_three": (
        [node("Relu", "x", "r"), node("Tanh", "x", "t"), node("Sum", "r t x", "h"), *_MEAN],
        {},
        ["relu", "tanh", "add"],
    ),
    "clutter": (
        [
            node("Identity", "x", "i"),
            node("Cast", "i", "k", to=1),
            node("Dropout", "k", "d"),
            node("Unsqueeze", "d u", "e"),
            node("Squeeze", "e u", "h"),
            *_MEAN,
        ],
        {"u": ints(2)},
        ["dropout"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_operator_computes_the_same(name: str) -> None:
    nodes, constants, expected = CASES[name]
    size = (2, 3, 8, 8) if name == "resize_linear" else ("n", 3, 8, 8)
    imported = agreed(model(nodes, constants, size))
    found = [kind for kind in kinds(imported) if kind not in ("global_avg_pool",)]
    assert found == expected


VERSIONED: dict[str, tuple[int, NodeProto, dict[str, np.ndarray], str]] = {
    "Gelu": (20, node("Gelu", "x", "h", approximate="tanh"), {}, "gelu"),
    "Mish": (18, node("Mish", "x", "h"), {}, "mish"),
    "ThresholdedRelu": (17, node("ThresholdedRelu", "x", "h", alpha=0.0), {}, "relu"),
    "GroupNormalization": (
        21,
        node("GroupNormalization", "x s b", "h", num_groups=3),
        {"s": weights(3), "b": weights(3, seed=2)},
        "group_norm",
    ),
    "Upsample": (
        9,
        node("Upsample", "x s", "h", mode="nearest"),
        {"s": np.array([1, 1, 2, 2], F32)},
        "upsample",
    ),
}


@pytest.mark.parametrize("kind", VERSIONED)
def test_an_operator_that_only_some_versions_have(kind: str) -> None:
    opset, made, constants, expected = VERSIONED[kind]
    end = [node("Relu", "h", "r"), node("GlobalMaxPool", "r", "p"), node("Flatten", "p", "y")]
    found = kinds(agreed(model([made, *end], constants, (2, 3, 8, 8), opset)))
    assert found[0] == expected
    assert found[-1] == "global_max_pool"


def test_every_operator_that_is_mapped_is_tried() -> None:
    told = [nodes for nodes, _, _ in (*CASES.values(), *SPELLED.values())]
    tried = {made.op_type for nodes in told for made in nodes}
    tried |= {*VERSIONED, "GlobalMaxPool", "Gemm"}
    inside = {"Gather", "Abs", "Exp", "Log", "Neg", "Reciprocal", "Sqrt", "Min"}  # of formulas
    assert set(known()) - tried - inside == set()


SPELLED: dict[str, tuple[Sequence[NodeProto], dict[str, float], str]] = {
    "relu": ([node("Relu", "x", "h")], {}, "relu"),
    "relu_by_maximum": ([node("Max", "x zero", "h")], {"zero": 0}, "relu"),
    "relu6": ([node("Clip", "x a b", "h")], {"a": 0, "b": 6}, "relu6"),
    "hardtanh": ([node("Clip", "x a b", "h")], {"a": -2, "b": 0.5}, "hardtanh"),
    "leaky_relu": ([node("LeakyRelu", "x", "h", alpha=0.2)], {}, "leaky_relu"),
    "elu": ([node("Elu", "x", "h", alpha=0.7)], {}, "elu"),
    "celu": ([node("Celu", "x", "h", alpha=1.5)], {}, "celu"),
    "selu": ([node("Selu", "x", "h")], {}, "selu"),
    "sigmoid": ([node("Sigmoid", "x", "h")], {}, "sigmoid"),
    "tanh": ([node("Tanh", "x", "h")], {}, "tanh"),
    "softsign": ([node("Softsign", "x", "h")], {}, "softsign"),
    "softplus": ([node("Softplus", "x", "h")], {}, "softplus"),
    "silu": ([node("Sigmoid", "x", "s"), node("Mul", "x s", "h")], {}, "silu"),
    "mish": (
        [node("Softplus", "x", "s"), node("Tanh", "s", "t"), node("Mul", "x t", "h")],
        {},
        "mish",
    ),
    "hardswish": ([node("HardSwish", "x", "h")], {}, "hardswish"),
    "hardswish_by_sigmoid": (
        [node("HardSigmoid", "x", "s", alpha=1 / 6, beta=0.5), node("Mul", "s x", "h")],
        {},
        "hardswish",
    ),
    "hardswish_by_clip": (
        [
            node("Add", "x three", "a"),
            node("Clip", "a zero six", "c"),
            node("Mul", "x c", "m"),
            node("Div", "m six", "h"),
        ],
        {"three": 3, "zero": 0, "six": 6},
        "hardswish",
    ),
    "hardsigmoid": ([node("HardSigmoid", "x", "h", alpha=1 / 6, beta=0.5)], {}, "hardsigmoid"),
    "gelu": (
        [
            node("Div", "x root", "d"),
            node("Erf", "d", "e"),
            node("Add", "e one", "a"),
            node("Mul", "x a", "m"),
            node("Mul", "m half", "h"),
        ],
        {"root": 2**0.5, "one": 1, "half": 0.5},
        "gelu",
    ),
    "gelu_by_tanh": (
        [
            node("Pow", "x three", "c"),
            node("Mul", "c small", "s"),
            node("Add", "x s", "a"),
            node("Mul", "a root", "r"),
            node("Tanh", "r", "t"),
            node("Add", "t one", "o"),
            node("Mul", "x half", "i"),
            node("Mul", "i o", "h"),
        ],
        {"three": 3, "small": 0.044715, "root": (2 / np.pi) ** 0.5, "one": 1, "half": 0.5},
        "gelu",
    ),
}


@pytest.mark.parametrize("name", SPELLED)
def test_an_activation_is_recognised_however_it_is_spelled(name: str) -> None:
    nodes, numbers, expected = SPELLED[name]
    constants = {key: np.array(value, F32) for key, value in numbers.items()}
    imported = agreed(model([*nodes, *_MEAN], constants))
    assert kinds(imported) == [expected, "global_avg_pool"]


def test_a_hard_sigmoid_of_another_slope_is_made_of_what_there_is() -> None:
    """Keras divides by 5 where PyTorch divides by 6."""
    imported = agreed(model([node("HardSigmoid", "x", "h"), *_MEAN]))
    assert kinds(imported) == ["depthwise_conv2d", "hardtanh", "global_avg_pool"]


@pytest.mark.parametrize("opset", [9, 11, 13, 18, 21])
def test_parameters_that_moved_between_versions(opset: int) -> None:
    """Attributes became inputs: of clipping, padding, slicing, squeezing, reducing."""
    inputs = opset >= 11
    clip = node("Clip", "x lo hi", "c") if inputs else node("Clip", "x", "c", min=0.0, max=6.0)
    cut = (
        node("Slice", "c f t a", "s")
        if opset >= 10
        else node("Slice", "c", "s", axes=[1], starts=[0], ends=[2])
    )
    mean = (
        node("ReduceMean", "s ax", "m")
        if opset >= 18
        else node("ReduceMean", "s", "m", axes=[2, 3])
    )
    flat = node("Squeeze", "m ax", "y") if opset >= 13 else node("Squeeze", "m", "y", axes=[2, 3])
    constants = {"f": ints(0), "t": ints(2), "a": ints(1), "ax": ints(2, 3)}
    constants |= {"lo": np.array(0, F32), "hi": np.array(6, F32)}
    used = {name for made in (clip, cut, mean, flat) for name in made.input}
    kept = {name: value for name, value in constants.items() if name in used}
    imported = agreed(model([clip, cut, mean, flat], kept, opset=opset))
    assert kinds(imported) == ["relu6", "channel_slice", "global_avg_pool"]


def test_the_head_is_the_last_linear_layer_and_softmax_goes() -> None:
    nodes = [
        node("GlobalAveragePool", "x", "p"),
        node("Flatten", "p", "f"),
        node("MatMul", "f w", "m"),
        node("Add", "m b", "a"),
        node("Softmax", "a", "y"),
    ]
    made = model(nodes[:-1], {"w": weights(3, 5), "b": weights(5)})
    imported = agreed(made)
    assert imported.frame.classes == 5
    assert kinds(imported) == ["global_avg_pool"]
    assert imported.graph.nodes[-1].layer.to_json()["head"] == "linear"
    made.graph.node.append(nodes[-1])
    made.graph.output[0].name = "y"
    softer = import_onnx(made.SerializeToString())
    assert softer.graph == imported.graph
    assert any("softmax" in note for note in softer.notes)


def test_a_convolution_of_the_pooled_image_is_a_head_too() -> None:
    nodes = [
        node("GlobalAveragePool", "x", "p"),
        node("Conv", "p w b", "c"),
        node("Flatten", "c", "y"),
    ]
    imported = agreed(model(nodes, {"w": weights(5, 3, 1, 1), "b": weights(5)}))
    assert kinds(imported) == ["global_avg_pool"]
    assert imported.graph.nodes[-1].layer.to_json()["head"] == "linear"
