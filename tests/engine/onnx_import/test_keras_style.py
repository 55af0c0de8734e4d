"""Networks as converters write Keras models: channels last, turned there and back."""

from __future__ import annotations

import numpy as np
import torch

from engine.layers.base import Frame
from engine.onnx_import import import_onnx
from tests.engine.onnx_import.samples import agreed, compiled, ints, kinds, model, node, weights

CONSTANTS = {
    "m/conv/Conv2D/ReadVariableOp:0": weights(8, 3, 3, 3),
    "m/conv/BiasAdd/ReadVariableOp:0": weights(8),
    "m/sep/separable_conv2d/ReadVariableOp:0": weights(8, 1, 3, 3),
    "m/gate/kernel:0": weights(8, 8),
    "m/dense/MatMul/ReadVariableOp:0": weights(8, 3),
    "m/dense/BiasAdd/ReadVariableOp:0": weights(3),
    "mean": weights(1, 1, 1, 3),
    "scale": np.array(1 / 3, np.float32),
}
KERAS = [
    node("Mul", "x scale", "scaled"),
    node("Add", "scaled mean", "centred"),
    node("Transpose", "centred", "a", perm=[0, 3, 1, 2]),
    node(
        "Conv",
        "a m/conv/Conv2D/ReadVariableOp:0 m/conv/BiasAdd/ReadVariableOp:0",
        "b",
        strides=[2, 2],
        pads=[0, 0, 1, 1],
    ),
    node("Transpose", "b", "c", perm=[0, 2, 3, 1]),
    node("Relu", "c", "d"),
    node("Transpose", "d", "e", perm=[0, 3, 1, 2]),
    node("Conv", "e m/sep/separable_conv2d/ReadVariableOp:0", "f", group=8, pads=[1] * 4),
    node("Transpose", "f", "g", perm=[0, 2, 3, 1]),
    node("ReduceMean", "g", "s", axes=[1, 2], keepdims=1),
    node("MatMul", "s m/gate/kernel:0", "t"),
    node("Sigmoid", "t", "u"),
    node("Mul", "g u", "v"),
    node("Add", "v d", "w"),
    node("Concat", "w d", "k", axis=3),
    node("Slice", "k first last axis", "l"),
    node("ReduceMean", "l", "o", axes=[1, 2], keepdims=0),
    node("MatMul", "o m/dense/MatMul/ReadVariableOp:0", "p"),
    node("Add", "p m/dense/BiasAdd/ReadVariableOp:0", "q"),
]
CONSTANTS |= {"first": ints(2), "last": ints(10), "axis": ints(3)}


def test_channels_last_becomes_a_plain_graph() -> None:
    imported = agreed(model(KERAS, CONSTANTS, ("n", 12, 12, 3)))
    assert kinds(imported) == [
        "depthwise_conv2d",
        "pad",
        "conv2d",
        "relu",
        "depthwise_conv2d",
        "adaptive_avg_pool",
        "conv2d",
        "sigmoid",
        "multiply",
        "add",
        "concat",
        "channel_slice",
        "global_avg_pool",
    ]
    assert (imported.frame.channels, imported.frame.height) == (3, 12)
    names = {node.id for node in imported.graph.nodes}
    assert {"m_conv_conv2d", "m_sep_separable_conv2d", "m_gate", "m_dense_matmul"} <= names
    assert any("net_centred" in note for note in imported.notes), "it scales the image itself"


FLAT = [
    node("Transpose", "x", "a", perm=[0, 3, 1, 2]),
    node("Conv", "a w", "b"),
    node("Relu", "b", "c"),
    node("MaxPool", "c", "d", kernel_shape=[2, 2], strides=[2, 2]),
    node("Transpose", "d", "e", perm=[0, 2, 3, 1]),
    node("Reshape", "e r", "f"),
    node("MatMul", "f v", "g"),
    node("Add", "g b1", "h"),
    node("Relu", "h", "i"),
    node("MatMul", "i u", "j"),
    node("Add", "j b2", "k"),
    node("Softmax", "k", "y"),
]
FLAT_CONSTANTS = {
    "w": weights(4, 1, 3, 3),
    "r": ints(-1, 100),
    "v": weights(100, 6),
    "b1": weights(6),
    "u": weights(6, 2),
    "b2": weights(2),
}


def test_flattening_with_channels_last_moves_the_weights_instead() -> None:
    """The columns of the linear layer go where the values of channels first are."""
    imported = agreed(model(FLAT[:-1], FLAT_CONSTANTS, ("n", 12, 12, 1)))
    assert kinds(imported) == ["conv2d", "relu", "max_pool", "flatten", "linear", "relu"]


def test_another_size_of_image_keeps_the_weights_by_pooling() -> None:
    made = model(FLAT, FLAT_CONSTANTS, ("n", 12, 12, 1)).SerializeToString()
    imported = import_onnx(made, Frame(1, 28, 28, 2))
    assert "adaptive_avg_pool" in kinds(imported)
    assert any("28 × 28" in note for note in imported.notes)
    with torch.no_grad():
        assert compiled(imported, Frame(1, 28, 28, 2))(torch.zeros(3, 1, 28, 28)).shape == (3, 2)


def test_colour_weights_serve_grey_images_and_the_reverse() -> None:
    nodes = [node("Conv", "x w", "h"), node("GlobalAveragePool", "h", "p"), node("Flatten", "p")]
    made = model(nodes, {"w": weights(4, 3, 3, 3)}, ("n", 3, 8, 8)).SerializeToString()
    colour = import_onnx(made)
    grey = import_onnx(made, Frame(1, 8, 8, 4))
    [name] = [name for name in grey.weights if name.endswith("weight")]
    total = colour.weights[name].sum(axis=1, keepdims=True)
    np.testing.assert_allclose(grey.weights[name], total, rtol=1e-6)
    assert any("added up" in note for note in grey.notes)


def test_a_project_without_images_takes_the_file_as_it_is() -> None:
    made = model(FLAT, FLAT_CONSTANTS, ("n", 12, 12, 1)).SerializeToString()
    assert import_onnx(made, Frame(0, 0, 0, 0)).weights.keys() == import_onnx(made).weights.keys()


def test_other_classes_start_anew_and_the_rest_stays() -> None:
    made = model(FLAT, FLAT_CONSTANTS, ("n", 12, 12, 1)).SerializeToString()
    own, other = import_onnx(made), import_onnx(made, Frame(1, 12, 12, 7))
    assert own.frame.classes == 2
    gone = set(own.weights) - set(other.weights)
    head = own.graph.nodes[-1].id
    assert gone == {f"{head}.weight", f"{head}.bias"}
    assert own.graph == other.graph
    assert any("7" in note for note in other.notes)
