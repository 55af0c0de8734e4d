"""From the bytes of an ONNX file to plain values; the only place that knows the package onnx."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import prod
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from engine.errors import FoveaError
from engine.onnx_import.external import External
from engine.onnx_import.records import Entrance, Op, Program

__all__ = ["LARGEST_FILE", "MAX_OPS", "read"]

LARGEST_FILE = 2**31 - 1
"""What a protobuf can hold, in bytes."""
MAX_OPS = 100_000
_OWN_DOMAINS = ("", "ai.onnx")


def read(source: Path | bytes) -> Program:
    """What an ONNX file, or its bytes, says; weights beside it are read from its folder alone.

    Raises FoveaError: FV-M040 (cannot be read, is none, contradicts itself), FV-M042 (weights in
    other files), FV-M043 (the package onnx is not installed), FV-M044 (too large).
    """
    onnx = _package()
    where = "" if isinstance(source, bytes) else str(source)
    try:
        data = source if isinstance(source, bytes) else _bytes(source)
        model = onnx.load_model_from_string(data)
    except FoveaError:
        raise
    except OSError as error:
        raise _broken(where, f"{error.strerror or error}.") from None
    except Exception as error:  # protobuf has its own errors, and recursion limits
        raise _broken(where, f"It is no ONNX file, or damaged ({type(error).__name__}).") from None
    if not model.graph.node or not model.graph.output:
        raise _broken(where, "It holds no model.")
    if len(model.graph.node) > MAX_OPS:
        raise _too_large(where, f"It has {len(model.graph.node):,} operators.")
    folder = None if isinstance(source, bytes) else source.absolute().parent
    try:
        return _program(onnx, model, External(folder))
    except (LookupError, OverflowError, TypeError, ValueError) as error:
        raise _broken(where, f"It contradicts itself: {error!s:.200}") from None


def _package() -> ModuleType:
    try:
        import onnx
        import onnx.numpy_helper
    except ImportError:
        raise FoveaError(
            "FV-M043",
            "ONNX files cannot be read: the package “onnx” is not installed.",
            why="It is an optional part of Fovea.",
            kept="Nothing was changed.",
            fix="Install it into Fovea's environment: pip install onnx",
        ) from None
    return onnx


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise _too_large(str(path), "It has more than 2 GiB.")
    return data


def _program(onnx: Any, model: Any, external: External) -> Program:
    graph = model.graph
    if graph.sparse_initializer:
        raise ValueError("sparse weights are not known here")
    constants = {_text(t.name): _array(onnx, t, external) for t in graph.initializer}
    entrances = tuple(
        Entrance(_text(value.name), tuple(_sizes(value)))
        for value in graph.input
        if _text(value.name) not in constants
    )
    ops = tuple(_op(onnx, node, external) for node in graph.node)
    opset = max((o.version for o in model.opset_import if o.domain in _OWN_DOMAINS), default=1)
    outputs = tuple(_text(value.name) for value in graph.output)
    return Program(ops, constants, entrances, outputs, opset)


def _text(value: str | bytes) -> str:
    """A name; protobuf gives bytes where it is no UTF-8."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _sizes(value: Any) -> Iterator[int]:
    for size in value.type.tensor_type.shape.dim:
        yield size.dim_value if size.HasField("dim_value") and size.dim_value > 0 else 0


def _op(onnx: Any, node: Any, external: External) -> Op:
    domain, kind = _text(node.domain), _text(node.op_type)
    kind = kind if domain in _OWN_DOMAINS else f"{domain}::{kind}"
    values = {_text(a.name): _attribute(onnx, a, external) for a in node.attribute}
    inputs, outputs = tuple(map(_text, node.input)), tuple(map(_text, node.output))
    name = _text(node.name) or next(filter(None, outputs), kind)
    return Op(kind, name, inputs, outputs, values, _scope(node))


def _scope(node: Any) -> str:
    """The module that torch's exporter notes: a list of ever longer paths, the function last."""
    noted = {_text(item.key): _text(item.value) for item in node.metadata_props}
    paths = re.findall(r"'([^']*)'", noted.get("pkg.torch.onnx.name_scopes", "")[:4000])
    return paths[-2] if len(paths) > 1 else ""


def _attribute(onnx: Any, attribute: Any, external: External) -> Any:
    value = onnx.helper.get_attribute_value(attribute)
    if isinstance(value, bytes):
        return _text(value)
    if isinstance(value, onnx.TensorProto):
        return _array(onnx, value, external)
    if isinstance(value, (int, float)):
        return value
    return [_text(v) if isinstance(v, bytes) else v for v in _items(value)]


def _items(value: Any) -> list[Any]:
    """A list of plain values; empty for a graph or type, which no layer reads."""
    return list(value) if hasattr(value, "__len__") else []


def _array(onnx: Any, tensor: Any, external: External) -> np.ndarray:
    """The values of a tensor, floats as float32."""
    dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
    if any(size < 0 for size in tensor.dims):
        raise ValueError(f"“{_text(tensor.name):.80}” has a negative size")
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        entry = {_text(item.key): _text(item.value) for item in tensor.external_data}
        size = prod(tensor.dims) * dtype.itemsize
        tensor.raw_data = external.fetch(_text(tensor.name), entry, size)
        tensor.data_location = onnx.TensorProto.DEFAULT
        del tensor.external_data[:]
    array = onnx.numpy_helper.to_array(tensor)
    if array.dtype.kind in "iub" or array.dtype == np.float32 or array.dtype.kind in "SUO":
        return array
    return array.astype(np.float32)


def _broken(where: str, why: str) -> FoveaError:
    return FoveaError(
        "FV-M040",
        "The ONNX file cannot be read.",
        where=where,
        why=why,
        kept="Nothing was changed.",
        fix="Choose another file, or export the model again.",
    )


def _too_large(where: str, why: str) -> FoveaError:
    return FoveaError(
        "FV-M044",
        "The ONNX file is too large.",
        where=where,
        why=why,
        kept="Nothing was changed.",
        fix="Export the network alone, with its weights in a file beside it.",
    )
