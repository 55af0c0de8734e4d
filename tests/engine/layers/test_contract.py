"""What every registered layer and block must hold; registering one is enough to be tested here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from engine.errors import FoveaError
from engine.graph.facts import layer_facts
from engine.layers.base import CATEGORIES, LAYERS, Layer, Misfit, Shape
from engine.spec import Param
from tests.engine.layers import torch_facts
from tests.engine.layers.cases import FRAME, TEXTS

IMAGE: Shape = (8, 21, 19)
TOKENS: Shape = (16, 24)
OFFERS: tuple[tuple[Shape, ...], ...] = (
    (),
    (IMAGE,),
    ((24,),),
    (TOKENS,),
    (IMAGE, IMAGE),
    (IMAGE, (8,)),
    (IMAGE, (1, 21, 19)),
    ((24,), (24,)),
    (TOKENS, TOKENS),
    (TOKENS, (9, 24), (9, 24)),
    ((4, 20, 18),),
)
MISMATCHED: tuple[tuple[Shape, ...], ...] = (
    (IMAGE, (4, 21, 19)),
    (IMAGE, (8, 11, 10)),
    (IMAGE, (24,)),
    ((24,), (12,)),
    (TOKENS, (16, 12)),
    (TOKENS, (9, 12), (9, 24)),
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
    elif item.type == "text":
        yield from TEXTS[item.name]
    elif item.type != "value":  # a graph; blocks have tests of their own
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
PLAIN = [  # the tests of blocks look at those with few channels, which is quicker
    pytest.param(layer, id=_name(layer))
    for layer in _variants()
    if layer.max_inputs != 0 and layer.category != "Block"
]
KINDS = [pytest.param(cls, id=cls.kind) for cls in LAYERS]


@pytest.mark.parametrize("layer", MODULES)
def test_shape_and_costs_equal_those_of_torch(layer: Layer) -> None:
    fitting = _fitting(layer)
    assert fitting or _name(layer) != layer.kind, "no offer fits the defaults"
    for inputs in fitting:
        torch_facts.check_costs(layer, inputs)


@pytest.mark.parametrize("layer", PLAIN)
def test_receptive_field_equals_the_one_that_gradients_show(layer: Layer) -> None:
    for inputs in _fitting(layer):
        torch_facts.check_reach(layer, inputs)


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
            assert "“node" in told
            assert any(str(size) in told for shape in inputs for size in shape)
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
    assert len(LAYERS.kinds()) >= 65
