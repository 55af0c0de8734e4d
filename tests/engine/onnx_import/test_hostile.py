"""Files that are broken, foreign or meant to do harm end in a sentence, never half imported."""

from __future__ import annotations

import builtins
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from engine.errors import FoveaError
from engine.onnx_import import import_onnx, reading
from tests.engine.onnx_import.samples import (
    agreed,
    ints,
    model,
    node,
    saved_apart,
    weights,
)

PLAIN = [
    node("Conv", "x w b", "c", pads=[1, 1, 1, 1]),
    node("Relu", "c", "r"),
    node("GlobalAveragePool", "r", "p"),
    node("Flatten", "p", "f"),
    node("Gemm", "f v", "y", transB=1),
]
CONSTANTS = {"w": weights(4, 3, 3, 3), "b": weights(4), "v": weights(2, 4)}


def plain() -> onnx.ModelProto:
    return model(PLAIN, CONSTANTS)


def refused(source: Path | bytes) -> FoveaError:
    """The error, which always says what, why, what is kept and what to do."""
    with pytest.raises(FoveaError) as caught:
        import_onnx(source)
    error = caught.value
    assert all((error.what, error.why, error.kept, error.fix))
    return error


def test_what_is_no_onnx_file(tmp_path: Path) -> None:
    for data in (b"", b"\x00" * 64, b"PK\x03\x04", b"<html>", os.urandom(512)):
        assert refused(data).code == "FV-M040"
    assert refused(tmp_path / "nowhere.onnx").code == "FV-M040"
    assert refused(tmp_path).code == "FV-M040"
    path = tmp_path / "torn.onnx"
    path.write_bytes(plain().SerializeToString()[:-40])
    assert refused(path).where == str(path)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_flipped_byte_gives_a_model_or_a_sentence(data: st.DataObject) -> None:
    torn = bytearray(plain().SerializeToString())
    for place in data.draw(st.lists(st.integers(0, len(torn) - 1), min_size=1, max_size=4)):
        torn[place] = data.draw(st.integers(0, 255))
    with suppress(FoveaError):
        assert import_onnx(bytes(torn)).graph.nodes


def test_every_operator_without_a_layer_is_named_with_its_nodes() -> None:
    nodes = [
        node("NonMaxSuppression", "x x", "a"),
        node("Einsum", "a a", "b", equation="ij,jk->ik"),
        node("Conv", "x w b", "c"),
        node("Det", "c", "d"),
        node("Einsum", "b d", "y", equation="ij,jk->ik"),
    ]
    error = refused(model(nodes, CONSTANTS).SerializeToString())
    assert error.code == "FV-M041"
    for kind in ("NonMaxSuppression", "Einsum", "Det"):
        assert kind in error.what
    for name in ("/net/a/NonMaxSuppression", "/net/b/Einsum", "/net/y/Einsum", "/net/d/Det"):
        assert name in error.why
    assert "Conv" not in error.what


def test_of_many_nodes_of_one_operator_the_rest_is_counted() -> None:
    nodes = [node("Det", f"x{i or ''}", f"x{i + 1}") for i in range(40)]
    error = refused(model(nodes).SerializeToString())
    assert error.what.endswith("no layer for: Det.")
    assert "and 28 more" in error.why


def test_operators_that_the_scores_do_not_need_are_no_obstacle() -> None:
    made = plain()
    made.graph.node.append(node("Einsum", "r r", "aside", equation="ij,jk->ik"))
    assert (
        import_onnx(made.SerializeToString()).graph
        == import_onnx(plain().SerializeToString()).graph
    )


def test_operators_of_other_makers_are_named_with_their_domain() -> None:
    made = model([helper.make_node("Attention", ["x"], ["y"], domain="com.maker")])
    assert "com.maker::Attention" in refused(made.SerializeToString()).what


@pytest.mark.parametrize(
    ("nodes", "word"),
    [
        ([node("Transpose", "x", "y", perm=[1, 0, 2, 3])], "batch"),
        ([node("Reshape", "x s", "y")], "batch"),
        ([node("ReduceMean", "x", "y", axes=[2])], "part of the image"),
        ([node("Conv", "x w", "y", dilations=[1, 2])], "dilation"),
        ([node("Conv", "x w", "y", pads=[-1, 0, 0, 0])], "border"),
        ([node("Conv", "x k", "y")], "input"),
        ([node("MatMul", "x x", "y")], "attention"),
        ([node("Div", "x t", "r"), node("Div", "r x", "y")], "layer"),
        ([node("Sqrt", "x", "y")], "activation"),
        ([node("Relu", "x", "y")], "class scores"),
        ([node("MaxPool", "x", "y", kernel_shape=[40, 40])], "smaller"),
        ([node("Conv", "x big", "y")], "Kernel"),
    ],
)
def test_what_a_layer_cannot_do_is_said(nodes: list[Any], word: str) -> None:
    constants = {
        "w": weights(4, 3, 3, 3),
        "s": ints(3, -1),
        "t": np.float32([[[[1.0]], [[2.0]], [[3.0]]]]),
        "big": weights(2, 3, 70, 70),
    }
    made = model(nodes, constants, (2, 3, 90, 90) if "big" in nodes[0].input else (2, 3, 8, 8))
    if "k" in nodes[0].input:
        made.graph.node.insert(0, node("Sigmoid", "x", "k"))
    error = refused(made.SerializeToString())
    assert error.code == "FV-M041"
    assert word in error.why, error.why


@pytest.mark.parametrize(
    ("nodes", "constants"),
    [
        ([node("ConstantOfShape", "n", "k"), node("Add", "x k", "y")], {"n": ints(1 << 40)}),
        (
            [node("Concat", "n n", "k0", axis=0)]
            + [node("Concat", f"k{i} k{i}", f"k{i + 1}", axis=0) for i in range(60)]
            + [node("Add", "x k60", "y")],
            {"n": ints(1, 2)},
        ),
        ([node("Expand", "x n", "y")], {"n": ints(1 << 20, 1 << 20, 8, 8)}),
        (
            [node("Range", "a b c", "k"), node("Add", "x k", "y")],
            {"a": np.array(0), "b": np.array(1 << 50), "c": np.array(1)},
        ),
        ([node("Resize", "x - n", "y")], {"n": np.float32([1, 1, 1e9, 1e9])}),
        ([node("Conv", "x w", "y", pads=[10**9] * 4)], {"w": weights(4, 3, 3, 3)}),
    ],
)
def test_what_would_be_enormous_is_refused_before_it_is_made(
    nodes: list[Any], constants: dict[str, np.ndarray]
) -> None:
    assert refused(model(nodes, constants).SerializeToString()).code == "FV-M041"


def test_an_image_too_large_to_follow_is_refused() -> None:
    for size in ((1, 3, 2**20, 2**20), (1, 2**20, 2**20, 3), (1, 3, 2**62, 2**62)):
        assert "too large" in refused(model(PLAIN, CONSTANTS, size).SerializeToString()).what


def test_weights_that_lie_about_their_size() -> None:
    made = plain()
    made.graph.initializer[0].dims[0] = 2**40
    assert refused(made.SerializeToString()).code == "FV-M040"
    made.graph.initializer[0].dims[0] = -4
    assert refused(made.SerializeToString()).code == "FV-M040"


def test_weights_that_are_no_numbers_are_named() -> None:
    wrong = {**CONSTANTS, "v": np.full((2, 4), np.nan, np.float32)}
    error = refused(model(PLAIN, wrong).SerializeToString())
    assert error.code == "FV-M045"
    assert import_onnx(plain().SerializeToString()).graph.nodes[-1].id in error.what


@pytest.mark.parametrize("name", ["b", "v"])
def test_weights_of_another_layer_are_refused(name: str) -> None:
    wrong = {**CONSTANTS, name: weights(7) if name == "b" else weights(2, 5)}
    error = refused(model(PLAIN, wrong).SerializeToString())
    assert "weights" in error.why


def test_statistics_of_another_layer_are_refused() -> None:
    names = {"s": 3, "b": 3, "m": 4, "v": 3}
    nodes = [node("BatchNormalization", "x s b m v", "h"), node("GlobalAveragePool", "h", "y")]
    made = model(nodes, {name: weights(size) for name, size in names.items()})
    assert "BatchNormalization" in refused(made.SerializeToString()).what


def test_an_input_that_nothing_defines_and_two_inputs() -> None:
    made = plain()
    made.graph.node[1].input[0] = "ghost"
    assert refused(made.SerializeToString()).code == "FV-M041"
    made = plain()
    made.graph.input.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, [1, 3, 8, 8]))
    assert "one image" in refused(made.SerializeToString()).what


def test_half_precision_is_read_as_floats() -> None:
    made = model(PLAIN, {name: value.astype(np.float16) for name, value in CONSTANTS.items()})
    found = import_onnx(made.SerializeToString()).weights
    assert {value.dtype for value in found.values()} == {np.dtype(np.float32)}


def test_weights_beside_the_file_are_read(tmp_path: Path) -> None:
    whole = agreed(plain())
    apart = import_onnx(saved_apart(plain(), tmp_path))
    assert apart.graph == whole.graph
    for name, value in whole.weights.items():
        np.testing.assert_array_equal(apart.weights[name], value)
    inner = tmp_path / "inner"
    inner.mkdir()
    path = saved_apart(plain(), tmp_path, "inner/weights.bin")
    (tmp_path / "weights.bin").rename(inner / "weights.bin")
    assert import_onnx(path).graph == whole.graph


@pytest.mark.parametrize(
    "location",
    [
        "../weights.bin",
        "inner/../../weights.bin",
        "..\\weights.bin",
        "C:\\weights.bin",
        "C:weights.bin",
        "",
        ".",
        "weights\0.bin",
        "absolute",
        "nowhere.bin",
    ],
)
def test_weights_outside_of_the_folder_are_refused(tmp_path: Path, location: str) -> None:
    folder = tmp_path / "net"
    folder.mkdir()
    location = str(tmp_path / "weights.bin") if location == "absolute" else location
    path = saved_apart(plain(), folder, location)
    (folder / "weights.bin").rename(tmp_path / "weights.bin")
    assert refused(path).code == "FV-M042"


def test_links_are_refused_also_to_folders(tmp_path: Path) -> None:
    folder, outside = tmp_path / "net", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    path = saved_apart(plain(), folder)
    (folder / "weights.bin").rename(outside / "weights.bin")
    (folder / "weights.bin").symlink_to(outside / "weights.bin")
    error = refused(path)
    assert error.code == "FV-M042"
    assert "link" in error.why
    (folder / "inner").symlink_to(outside, target_is_directory=True)
    assert "link" in refused(saved_apart(plain(), folder, "inner/weights.bin")).why


@pytest.mark.parametrize(
    ("key", "value"),
    [("offset", "999999"), ("offset", "-4"), ("length", "3"), ("offset", "9" * 30)],
)
def test_weights_beyond_their_file_are_refused(tmp_path: Path, key: str, value: str) -> None:
    path = saved_apart(plain(), tmp_path)
    made = onnx.load_model_from_string(path.read_bytes())
    for entry in made.graph.initializer[0].external_data:
        entry.value = value if entry.key == key else entry.value
    path.write_bytes(made.SerializeToString())
    assert refused(path).code == "FV-M042"


def test_weights_elsewhere_need_a_folder_and_a_plain_file(tmp_path: Path) -> None:
    path = saved_apart(plain(), tmp_path)
    assert "folder" in refused(path.read_bytes()).why
    (tmp_path / "weights.bin").unlink()
    os.mkfifo(tmp_path / "weights.bin")
    assert refused(path).code == "FV-M042", "and it does not wait for a pipe"


def test_a_file_above_the_limit_is_not_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(plain().SerializeToString())
    monkeypatch.setattr(reading, "LARGEST_FILE", 100)
    assert refused(path).code == "FV-M044"
    monkeypatch.setattr(reading, "LARGEST_FILE", 10_000)
    monkeypatch.setattr(reading, "MAX_OPS", 3)
    assert refused(path).code == "FV-M044"


def test_without_the_package_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    known = builtins.__import__

    def lacking(name: str, *rest: Any) -> Any:
        if name.split(".")[0] == "onnx":
            raise ModuleNotFoundError(name)
        return known(name, *rest)

    monkeypatch.setattr(builtins, "__import__", lacking)
    error = refused(b"")
    assert error.code == "FV-M043"
    assert "pip install" in error.fix
