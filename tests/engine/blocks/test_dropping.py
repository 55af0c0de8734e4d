"""Rates of dropout and stochastic depth for a whole model."""

from __future__ import annotations

import pytest
import torch

from engine.blocks.custom import Custom
from engine.blocks.dropping import as_trained, dropouts, paths
from engine.blocks.knobs import Knob, Knobs
from engine.codegen.model import model_code
from engine.compile.demand import demand
from engine.compile.module import compile_model
from engine.data.spec import DataSpec
from engine.graph.analysis import analyse
from engine.graph.builder import GraphBuilder
from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.layers.convolution import Conv2d
from engine.layers.ends import Entry, Input, Output, Result
from engine.layers.modules.regularisation import StochasticDepth
from engine.layers.pooling import GlobalAvgPool
from engine.layers.regularisation import Dropout, Dropout2d, DropPath
from engine.project.document import Project
from engine.project.options import options
from engine.recipe import Training
from engine.templates import TEMPLATES

FRAME = Frame(3, 32, 32, 4)


def chain(*layers: object) -> Graph:
    make = GraphBuilder()
    make.add("image", Input())
    for number, layer in enumerate(layers):
        make.add(f"node{number}", layer)
    make.add("pool", GlobalAvgPool())
    make.add("scores", Output())
    return make.graph()


def stage(rate: float, repeats: int = 1, knobs: Knobs | None = None) -> Custom:
    make = GraphBuilder()
    make.add("in", Entry())
    make.add("conv", Conv2d(out_channels=3, kernel_size=3))
    make.add("path", DropPath(rate=rate))
    make.add("drop", Dropout(rate=0.1))
    make.add("out", Result())
    return Custom(inner=make.graph(), repeats=repeats, **({"knobs": knobs} if knobs else {}))


def rates(graph: Graph, kind: type[torch.nn.Module], name: str) -> list[float]:
    """Of the compiled modules, in the order of computation."""
    model = compile_model(graph, FRAME, seed=0)
    return [getattr(module, name) for module in model.modules() if isinstance(module, kind)]


def test_a_recipe_that_says_nothing_gives_the_graph_itself() -> None:
    graph = TEMPLATES["convnext_tiny"].build(FRAME)
    assert as_trained(graph, Training()) is graph


def test_every_dropout_layer_gets_the_rate() -> None:
    graph = chain(Dropout2d(rate=0.0), Dropout(rate=0.4), stage(0.2, 2))
    assert dropouts(graph) == 3
    changed = as_trained(graph, Training(dropout=0.3))
    assert rates(changed, torch.nn.Dropout, "p") == [0.3, 0.3, 0.3]
    assert rates(changed, torch.nn.Dropout2d, "p") == [0.3]
    assert rates(as_trained(graph, Training(dropout=0.0)), torch.nn.Dropout, "p") == [0.0] * 3
    assert rates(changed, StochasticDepth, "rate") == [0.2, 0.2]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_stochastic_depth_rises_evenly(count: int) -> None:
    graph = chain(*[DropPath(rate=0.9)] * count)
    changed = as_trained(graph, Training(drop_path=0.2))
    wanted = torch.linspace(0, 0.2, count).tolist() if count > 1 else [0.2]
    assert rates(changed, StochasticDepth, "rate") == pytest.approx(wanted, abs=1e-4)


def test_the_override_of_convnext_is_what_its_template_says() -> None:
    graph = TEMPLATES["convnext_tiny"].build(FRAME)
    own = [node.layer.values().get("drop_path") for node in graph.nodes]
    changed = as_trained(graph, Training(drop_path=0.1))
    assert [node.layer.values().get("drop_path") for node in changed.nodes] == own
    stronger = as_trained(graph, Training(drop_path=0.4))
    assert max(n.layer.values().get("drop_path") or 0 for n in stronger.nodes) == 0.4


def test_a_repeated_block_has_the_rate_in_each_repetition_also_where_a_knob_says_else() -> None:
    knob = Knob("rate", "Rate", ("path.rate",), 0.1, later=0.5)
    graph = chain(DropPath(), stage(0.1, 3, Knobs((knob,))))
    changed = as_trained(graph, Training(drop_path=0.3))
    assert rates(changed, StochasticDepth, "rate") == [0.0, 0.3, 0.3, 0.3]


def test_weights_and_their_names_stay() -> None:
    graph = TEMPLATES["efficientnet_b0"].build(FRAME)
    changed = as_trained(graph, Training(drop_path=0.3, dropout=0.5))
    one, two = (compile_model(g, FRAME, seed=1).state_dict() for g in (graph, changed))
    assert one.keys() == two.keys()
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_code_and_memory_follow() -> None:
    graph = chain(Dropout(rate=0.0))
    recipe = Training(dropout=0.25)
    changed = as_trained(graph, recipe)
    assert "nn.Dropout(0.25)" in model_code(changed, FRAME)
    facts = analyse(graph, FRAME)
    assert demand(changed, FRAME, facts, recipe).total > demand(graph, FRAME, facts, recipe).total


def test_a_rate_that_has_nothing_to_act_on_is_told() -> None:
    bare = Project(data=DataSpec(), model=chain(Conv2d(out_channels=4, kernel_size=3)))
    assert paths(bare.model) == dropouts(bare.model) == 0
    found = list(options(bare.with_(training=Training(dropout=0.2, drop_path=0.2))))
    assert [problem.where for problem in found] == ["training.dropout", "training.drop_path"]
    assert list(options(bare)) == []
    full = bare.with_(model=chain(Dropout(), DropPath()))
    assert list(options(full.with_(training=Training(dropout=0.2, drop_path=0.2)))) == []
