"""ONNX models made by hand or by torch, and the comparison of what is imported with them."""

from __future__ import annotations

import io
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from engine.compile.module import compile_model
from engine.layers.base import Frame
from engine.onnx_import import Imported, import_onnx
from tests.reliability.forked import forked, reap

CLOSE = 1e-4


def node(kind: str, inputs: str, outputs: str = "", **attributes: Any) -> onnx.NodeProto:
    """An operator; names are separated by spaces, ``-`` stands for one that is left out."""
    names = ["" if name == "-" else name for name in inputs.split()]
    made = outputs.split() or [f"{kind.lower()}_out"]
    return helper.make_node(kind, names, made, name=f"/net/{made[0]}/{kind}", **attributes)


def model(
    nodes: Sequence[onnx.NodeProto],
    constants: Mapping[str, np.ndarray] | None = None,
    size: Sequence[int | str] = ("n", 3, 8, 8),
    opset: int = 17,
) -> onnx.ModelProto:
    """A model from ``x`` to the last operator's first output."""
    graph = helper.make_graph(
        list(nodes),
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(size))],
        [helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in (constants or {}).items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    made.ir_version = 8
    return made


def weights(*sizes: int, seed: int = 0) -> np.ndarray:
    """Random weights whose products stay near 1."""
    fan = max(1, int(np.prod(sizes[1:])))
    values = np.random.default_rng(seed).normal(0, fan**-0.5, sizes)
    return values.astype(np.float32)


def ints(*values: int) -> np.ndarray:
    """Sizes or axes as a constant."""
    return np.array(values, np.int64)


def compiled(imported: Imported, frame: Frame | None = None) -> nn.Module:
    """The model of a graph with all of its imported weights, ready to predict."""
    module = compile_model(imported.graph, frame or imported.frame).eval()
    state = {name: torch.from_numpy(np.array(value)) for name, value in imported.weights.items()}
    module.load_state_dict(state, strict=True)
    return module


def by_onnxruntime(made: onnx.ModelProto, image: np.ndarray) -> np.ndarray:
    """What the reference runtime computes."""
    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=_PROVIDERS)
    return session.run(None, {"x": image})[0]


_PROVIDERS = ["CPUExecutionProvider"]


def agreed(made: onnx.ModelProto, batch: int = 2) -> Imported:
    """What is imported from a model, once it computes what the reference runtime computes."""
    sizes = [d.dim_value for d in made.graph.input[0].type.tensor_type.shape.dim]
    image = np.random.default_rng(1).normal(0, 2, [sizes[0] or batch, *sizes[1:]])
    image = image.astype(np.float32)
    imported = import_onnx(made.SerializeToString())
    last = sizes[3] < sizes[1]
    given = torch.from_numpy(image.transpose(0, 3, 1, 2).copy() if last else image)
    with torch.no_grad():
        ours = compiled(imported)(given).numpy()
    theirs = by_onnxruntime(made, image).reshape(ours.shape)
    np.testing.assert_allclose(ours, theirs, atol=CLOSE, rtol=1e-5)
    return imported


def kinds(imported: Imported) -> list[str]:
    """The kinds of the nodes between the image and the class scores."""
    return [n.layer.kind for n in imported.graph.nodes if n.layer.kind not in ("input", "output")]


def lively(module: nn.Module, side: int) -> nn.Module:
    """The module with weights and statistics as after training: nothing is 0, 1, or tiny."""
    torch.manual_seed(0)
    for part in module.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            nn.init.uniform_(part.weight, 0.5, 1.5)
            nn.init.normal_(part.bias, 0, 0.2)
            part.momentum = None  # the statistics of the one batch that follows
        elif isinstance(part, (nn.Conv2d, nn.Linear)) and part.bias is not None:
            nn.init.normal_(part.bias, 0, 0.05)
        elif isinstance(part, nn.Dropout):
            part.p = min(part.p, 0.2)
    if any(isinstance(part, nn.modules.batchnorm._BatchNorm) for part in module.modules()):
        module.train()
        with torch.no_grad():
            module(torch.randn(16, 3, side, side))
    return module.eval()


def exported(module: nn.Module, side: int, *, dynamo: bool = False, **options: Any) -> bytes:
    """The file that torch's exporter writes; without ``dynamo`` the older one does, opset 17."""
    image = torch.randn(2, 3, side, side)
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporters' own deprecations
        if dynamo:
            return _made_apart(lambda: _by_dynamo(module, image, **options))
        open_batch = {"image": {0: "batch"}}
        names = {"input_names": ["image"], "dynamic_axes": open_batch, "opset_version": 17}
        torch.onnx.export(module, (image,), file, dynamo=False, **{**names, **options})
    return file.getvalue()


def _by_dynamo(module: nn.Module, image: torch.Tensor, **options: Any) -> bytes:
    program = torch.onnx.export(module, (image,), dynamo=True, verbose=False, **options)
    assert program is not None
    return program.model_proto.SerializeToString()


def _made_apart(make: Callable[[], bytes]) -> bytes:
    """What ``make`` gives, made in a child: this exporter leaves threads behind, and a process that
    has them cannot fork children that train, as tests of deaths do.
    """
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "made"

        def work() -> None:
            file.write_bytes(make())

        assert reap(forked(work)) == 0
        return file.read_bytes()


def difference(module: nn.Module, imported: Imported, side: int) -> tuple[float, float]:
    """The largest difference of the outputs on the same images, and the largest output."""
    torch.manual_seed(1)
    image = torch.randn(4, 3, side, side)
    with torch.no_grad():
        expected, found = module(image), compiled(imported)(image)
    return float((expected - found).abs().max()), float(expected.abs().max())


def saved_apart(made: onnx.ModelProto, folder: Path, location: str = "weights.bin") -> Path:
    """A model file whose weights lie beside it, in ``location``."""
    data = bytearray()
    for tensor in made.graph.initializer:
        raw = numpy_helper.to_array(tensor).tobytes()
        entry = {"location": location, "offset": str(len(data)), "length": str(len(raw))}
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in entry.items():
            tensor.external_data.add(key=key, value=value)
        data += raw
    (folder / "weights.bin").write_bytes(bytes(data))
    path = folder / "net.onnx"
    path.write_bytes(made.SerializeToString())
    return path
