"""Readable ids for nodes, from the names in an ONNX file."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping

from engine.onnx_import.records import Op

__all__ = ["readable"]

_LONGEST = 40
_OF_WEIGHT = re.compile(
    r"(.+?)[./](weight|kernel|scale|gamma|bias|beta|BiasAdd|ReadVariableOp|Cast).*"
)
_NORMS = ("LayerNormalization", "InstanceNormalization", "GroupNormalization")
_WITH_WEIGHTS = ("Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization", *_NORMS)
_GENERATED = re.compile(r"onnx::.*|val_\d+|n?\d+(_\d+)*|getitem(_\d+)?")


def readable(op: Op, constants: Mapping[str, object], kind: str, taken: Container[str]) -> str:
    """An id for the node of an operator that is not taken yet.

    It is the name of the layer whose weights the operator reads (``layer1.0.conv1.weight`` gives
    ``layer1_0_conv1``), else that of the module in the original network
    (``/layer1/layer1.0/Add`` gives ``layer1_0_add``), else the operator's own, else the kind. A
    scope in the file comes first, for equal weights are shared there; not for convolutions, into
    which another module may have been merged.
    """
    base = _cleaned(_from_weights(op, constants))
    if not base or (op.scope and op.kind != "Conv"):
        base = _cleaned(op.scope or _from_path(op))
        base = base if base and op.kind in _WITH_WEIGHTS else _with_kind(base, kind)
    base = base if base[:1].isalpha() else f"{kind}_{base}".rstrip("_")
    base = base if len(base) <= _LONGEST else base[-_LONGEST:].lstrip("_0123456789")
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base[: _LONGEST - len(str(number)) - 1]}_{number}"
    return name


def _with_kind(base: str, kind: str) -> str:
    """The name with what the node does, where it does not say that itself."""
    if not base:
        return kind
    last = re.sub(r"[\d_]+$", "", base).rpartition("_")[2]
    said = any(last.startswith(word[:3]) or word in last for word in re.findall(r"[a-z]+", kind))
    return base if said else f"{base}_{kind}"


def _from_weights(op: Op, constants: Mapping[str, object]) -> str:
    for name in op.inputs[1:] if op.kind in _WITH_WEIGHTS else ():
        found = _OF_WEIGHT.fullmatch(name) if name in constants else None
        if found and not _GENERATED.fullmatch(name):
            return found[1]
    return ""


def _from_path(op: Op) -> str:
    """The module in a path like ``/layer1/layer1.0/relu/Relu_1``; a name of its own without one."""
    parts = [part for part in op.name.split("/") if part]
    own = re.compile(rf"{re.escape(op.kind)}(_\d+)?", re.IGNORECASE)
    if len(parts) > 1 and own.fullmatch(parts[-1]):
        parts.pop()
    modules: list[str] = []
    for part in parts:
        if modules and part.startswith(f"{modules[-1]}."):
            modules.pop()
        modules.append(part)
    name = ".".join(modules)
    return "" if _GENERATED.fullmatch(name) else name


def _cleaned(text: str) -> str:
    """Small letters, digits and underscores."""
    text = re.sub(r"^node_+", "", text.split(":")[0])
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
