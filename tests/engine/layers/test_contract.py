"""What every registered layer and block must hold; registering one is enough to be tested here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from engine.errors import FoveaError
from engine.graph.facts import layer_facts
from engine.layers.base import CATEGORIES, LAYERS, Frame, Layer, Misfit, Reach, Shape
from engine.spec import Param

BATCH = 2
FRAME = Frame(channels=8, height=21, width=19, classes=5)
IMAGE: Shape = (8, 21, 19)
OFFERS: tuple[tuple[Shape, ...], ...] = (
    (),
    (IMAGE,),
    ((24,),),
    (IMAGE, IMAGE),
    (IMAGE, (8,)),
    ((24,), (24,)),
)
MISMATCHED: tuple[tuple[Shape, ...], ...] = (
    (IMAGE, (4, 21, 19)),
    (IMAGE, (8, 11, 10)),
    (IMAGE, (24,)),
    ((24,), (12,)),
)


def _takes(layer: Layer, inputs: tuple[Shape, ...]) -> bool:
    most = len(inputs) if layer.max_inputs is None else layer.max_inputs
    return layer.min_inputs <= len(inputs) <= most


def _fitting(layer: Layer) -> list[tuple[Shape, ...]]:
    """The offers that the layer accepts."""
    found = []
    for inputs in OFFERS:
        if _takes(layer, inputs):
            try:
                layer.shape(inputs)
            except Misfit:
                continue
            found.append(inputs)
    return found


def _alternatives(item: Param) -> Iterator[object]:
    if item.type == "bool":
        yield not item.default
    elif item.type == "choice":
        yield from item.choices
    else:
        yield from item.search or ()
        yield from (1, 2) if item.type == "int" else ()


def _variants() -> list[Layer]:
    """Every kind with its defaults, and with each parameter set to a few other values."""
    found: dict[Layer, None] = {}
    for cls in LAYERS:
        found[cls().bind(FRAME)] = None
        for item in cls.params():
            for value in _alternatives(item):
                with suppress(FoveaError):  # such as a padding that this window does not allow
                    found[cls(**{item.name: value}).bind(FRAME)] = None
    return list(found)


def _name(layer: Layer) -> str:
    plain = type(layer)().values()
    changed = [f"{name}={v}" for name, v in layer.values().items() if plain[name] != v]
    return ",".join([layer.kind or type(layer).__name__.lower(), *changed])


VARIANTS = [pytest.param(layer, id=_name(layer)) for layer in _variants()]
MODULES = [  # where the image enters, nothing is built
    pytest.param(layer, id=_name(layer)) for layer in _variants() if layer.max_inputs != 0
]
KINDS = [pytest.param(cls, id=cls.kind) for cls in LAYERS]


def _example(inputs: tuple[Shape, ...], batch: int = BATCH) -> list[torch.Tensor]:
    stream = torch.Generator().manual_seed(0)
    return [torch.rand(batch, *shape, generator=stream) for shape in inputs]


@pytest.mark.parametrize("layer", MODULES)
def test_shape_parameters_and_macs_equal_those_of_torch(layer: Layer) -> None:
    fitting = _fitting(layer)
    assert fitting or _name(layer) != layer.kind, "no offer fits the defaults"
    for inputs in fitting:
        module = layer.build(inputs)
        with FlopCounterMode(display=False) as counter:
            out = module(*_example(inputs))
        assert tuple(out.shape[1:]) == layer.shape(inputs)
        assert sum(p.numel() for p in module.parameters()) == layer.parameters(inputs)
        assert counter.get_total_flops() == BATCH * 2 * layer.macs(inputs)
        assert layer.activations(inputs) >= out[0].numel()


def _see_through(module: nn.Module) -> nn.Module:
    """Weights of one, so that nothing cancels, and the statistics of training frozen."""
    for parameter in module.parameters():
        nn.init.ones_(parameter)
    return module.eval()


def _seen_lines(module: nn.Module, inputs: tuple[Shape, ...], axis: int, at: int) -> list[int]:
    """The input lines on which one line of outputs depends, over all channels and columns."""
    images = [x.requires_grad_() for x in _example(inputs, batch=1)]
    module(*[x * 1 for x in images]).select(axis, at).sum().backward()
    other = [dim for dim in range(4) if dim != axis]
    seen = torch.zeros(images[0].shape[axis], dtype=torch.int64)
    for x in images:
        if x.grad is not None and x.ndim == 4:
            seen += (x.grad != 0).sum(other)
    return torch.nonzero(seen).flatten().tolist()


@pytest.mark.parametrize("layer", MODULES)
def test_receptive_field_equals_the_one_that_gradients_show(layer: Layer) -> None:
    for inputs in _fitting(layer):
        reach = layer.reach(inputs)
        shape = layer.shape(inputs)
        assert (reach is None) == (len(shape) == 1) or layer.category not in ("Pooling", "Linear")
        if reach is None or len(shape) != 3 or layer.category == "Normalisation":
            continue  # normalisations count as pointwise, whatever their statistics see
        module = _see_through(layer.build(inputs))
        for axis in (2, 3):
            _check_axis(module, inputs, axis, reach, shape[axis - 1])


def _check_axis(
    module: nn.Module, inputs: tuple[Shape, ...], axis: int, reach: Reach, size: int
) -> None:
    places = sorted({0, size // 2, size // 2 + 1, size - 1} & set(range(size)))
    widest = 0
    for at in places:
        lines = _seen_lines(module, inputs, axis, at)
        if lines:
            assert reach.step * at + reach.low <= lines[0]
            assert lines[-1] <= reach.step * at + reach.high
            widest = max(widest, lines[-1] - lines[0] + 1)
    assert widest == min(reach.size, inputs[0][axis - 1])


@pytest.mark.parametrize("layer", VARIANTS)
def test_json_there_and_back(layer: Layer) -> None:
    if layer.kind:
        assert LAYERS.from_json(layer.to_json()) == layer
    else:
        assert type(layer).from_json(layer.to_json()) == layer


@pytest.mark.parametrize("cls", KINDS)
def test_texts_are_written_for_people(cls: type[Layer]) -> None:
    assert cls.title
    assert cls.title[0].isupper() or cls.title[0].isdigit()
    assert cls.category in CATEGORIES
    assert cls.summary.endswith(".")
    assert 20 <= len(cls.summary) <= 110
    assert cls.__doc__
    for item in cls.params():
        assert item.help.endswith("."), item.name
        assert len(item.help) >= 15, item.name


@pytest.mark.parametrize("cls", KINDS)
def test_search_ranges_lie_within_bounds(cls: type[Layer]) -> None:
    for item in cls.params():
        for value in item.search or ():
            assert getattr(cls().with_(**{item.name: value}), item.name) == value
        if item.search and item.type in ("int", "float"):
            low, high = item.search
            assert low < high
            assert item.scale != "log" or low > 0


@pytest.mark.parametrize("cls", KINDS)
def test_values_out_of_bounds_are_refused_at_the_field(cls: type[Layer]) -> None:
    for item in cls.params():
        if item.type not in ("int", "float"):
            continue
        bounds = ((item.minimum, -1), (item.maximum, 1))
        for value in [b + step for b, step in bounds if b is not None] + ["3", True]:
            kept = int(value) if item.type == "int" and isinstance(value, float) else value
            with pytest.raises(FoveaError) as refused:
                cls(**{item.name: kept})
            assert (refused.value.code, refused.value.where) == ("FV-H001", item.name)


@pytest.mark.parametrize("layer", VARIANTS)
def test_what_does_not_fit_is_explained_in_a_sentence(layer: Layer) -> None:
    offers = [o for o in (*OFFERS, *MISMATCHED, ((3, 1, 1),)) if _takes(layer, o)]
    for inputs in offers:
        misfit = layer_facts(layer, inputs)
        if isinstance(misfit, Misfit):
            told = misfit.told([f"node{port}" for port in range(len(inputs))])
            assert told.endswith((".", "”"))
            assert "“node0”" in told
            assert any(str(shape[0]) in told for shape in inputs)
            assert "{" not in told
            assert misfit.param is None or misfit.param in type(layer).model_fields
        else:
            assert min(misfit.shape) >= 1


@pytest.mark.parametrize("kind", ["conv2d", "max_pool", "dropout2d", "residual", "upsample"])
def test_layers_of_images_refuse_features(kind: str) -> None:
    with pytest.raises(Misfit, match="24 features"):
        LAYERS.get(kind)().shape(((24,),))


@pytest.mark.parametrize("kind", ["add", "concat", "multiply"])
def test_branches_that_do_not_fit_are_both_named(kind: str) -> None:
    with pytest.raises(Misfit) as caught:
        LAYERS.get(kind)().shape((IMAGE, IMAGE, (8, 7, 7)))
    told = caught.value.told(["left", "middle", "right"])
    assert "“left” gives 8 × 21 × 19" in told
    assert "“right” gives 8 × 7 × 7" in told
    assert "stride" in told


def test_the_palette_is_large_enough() -> None:
    assert len(LAYERS.kinds()) >= 25
