"""Graphs as torch modules."""

from __future__ import annotations

import copy
import keyword

import pytest
import torch
from torch import Tensor, fx, nn

from engine.compile import module as module_under_test
from engine.compile.module import compile_model
from engine.compile.plan import RESERVED, module_names
from engine.errors import FoveaError
from engine.graph.builder import GraphBuilder
from engine.graph.edits import insert_on_wire, remove, rename, set_layer
from engine.graph.records import Graph, valid_id
from engine.layers.activation import Relu, Sigmoid
from engine.layers.base import Frame
from engine.layers.convolution import Conv2d, DepthwiseConv2d
from engine.layers.ends import Input, Output
from engine.layers.linear import Linear
from engine.layers.merge import Add
from engine.layers.pooling import GlobalAvgPool
from engine.layers.reshape import Identity
from engine.templates import TEMPLATES, grouped
from tests.engine.graph.examples import FRAME, branched, chain


def _images(frame: Frame = FRAME, batch: int = 3) -> Tensor:
    stream = torch.Generator().manual_seed(1)
    return torch.rand(batch, frame.channels, frame.height, frame.width, generator=stream)


def test_forward_is_one_line_per_node() -> None:
    model = compile_model(branched(), FRAME, seed=0)
    lines = [line for line in model.code.splitlines() if "self." in line]
    assert [line.split("=")[0].strip() for line in lines] == [
        "stem",
        "conv",
        "sum_1",
        "relu",
        "pool",
        "scores",
    ]
    assert model(_images()).shape == (3, 10)


def test_the_same_seed_gives_the_same_weights_and_leaves_torch_alone() -> None:
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    one = compile_model(chain(), FRAME, seed=3).state_dict()
    two = compile_model(chain(), FRAME, seed=3).state_dict()
    other = compile_model(chain(), FRAME, seed=4).state_dict()
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(torch.equal(one[key], two[key]) for key in one)
    assert not torch.equal(one["conv0.weight"], other["conv0.weight"])


def test_without_a_seed_weights_follow_torch_manual_seed() -> None:
    torch.manual_seed(3)
    loose = compile_model(chain(), FRAME).state_dict()
    seeded = compile_model(chain(), FRAME, seed=3).state_dict()
    assert all(torch.equal(loose[key], seeded[key]) for key in loose)


def test_changing_one_node_keeps_the_starting_weights_of_the_others() -> None:
    graph = set_layer(chain(3), "conv2", Conv2d(out_channels=16))
    before, after = (compile_model(g, FRAME, seed=0).state_dict() for g in (chain(3), graph))
    assert torch.equal(before["conv1.weight"], after["conv1.weight"])
    assert before["conv2.weight"].shape != after["conv2.weight"].shape


@pytest.mark.parametrize("layer", [Conv2d(out_channels=256), DepthwiseConv2d(multiplier=16)])
def test_convolutions_start_with_he_variance(layer: Conv2d | DepthwiseConv2d) -> None:
    make = GraphBuilder()
    make.add("image", Input())
    make.add("conv", layer)
    make.add("pool", GlobalAvgPool())
    make.add("scores", Output())
    weight = compile_model(make.graph(), Frame(32, 8, 8, 2), seed=0).get_parameter("conv.weight")
    fan_out = 9 * (256 if isinstance(layer, Conv2d) else 16)
    assert weight.std().item() == pytest.approx((2 / fan_out) ** 0.5, rel=0.05)


OWN = ["meta", "shape_env", "add_submodule", "to_folder", "code", "recompile"]


@pytest.mark.parametrize(
    "name", ["forward", "train", "if", "self", "type", "graph", "parameters", *OWN]
)
def test_a_node_may_have_any_name(name: str) -> None:
    graph = rename(chain(), "conv1", name)
    model = compile_model(graph, FRAME, seed=0)
    assert model(_images()).shape == (3, 10)
    assert module_names(graph)[name] == name + "_"
    assert model.get_parameter(f"{name}_.weight").shape[0] == 8


def test_the_reserved_names_are_those_of_torch() -> None:
    module = fx.GraphModule(nn.Module(), fx.Graph())
    own = {"self", "training", *dir(fx.GraphModule), *vars(module)}
    assert {name for name in own if valid_id(name) and not keyword.iskeyword(name)} <= RESERVED


def test_names_that_collide_after_renaming_stay_apart() -> None:
    graph = rename(rename(chain(3), "conv1", "if"), "conv2", "if_")
    names = module_names(graph)
    assert len(set(names.values())) == len(names)
    assert compile_model(graph, FRAME, seed=0)(_images()).shape == (3, 10)


class _Textbook(nn.Module):
    """A residual block as a course writes it."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.shortcut, self.shortcut_norm = nn.Identity(), nn.Identity()
        if inputs != outputs:
            self.shortcut = nn.Conv2d(inputs, outputs, 1, bias=False)
            self.shortcut_norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm2(self.conv2(self.relu1(self.norm1(self.conv1(x)))))
        return torch.relu(y + self.shortcut_norm(self.shortcut(x)))


@pytest.mark.parametrize("channels", [8, 16])
def test_the_residual_block_is_the_textbooks(channels: int) -> None:
    from engine.blocks.residual import Residual

    shape = (8, 9, 9)
    block = Residual(out_channels=channels, zero_start=False).build((shape,))
    book = _Textbook(8, channels)
    book.load_state_dict(block.state_dict())  # the same names and shapes, none missing
    x, same = _images(Frame(8, 9, 9, 2)), _images(Frame(8, 9, 9, 2))
    x.requires_grad_()
    same.requires_grad_()
    ours, theirs = block(x), book(same)
    ours.sum().backward()
    theirs.sum().backward()
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(x.grad, same.grad)


def test_a_residual_block_starts_as_its_shortcut() -> None:
    from engine.blocks.residual import Residual

    block = Residual(out_channels=8).build(((8, 9, 9),))
    x = _images(Frame(8, 9, 9, 2))
    torch.testing.assert_close(block(x), x)


def _two_readers(first: Relu | Identity, maker: Conv2d | Sigmoid) -> Graph:
    """``maker`` feeds a ReLU, and an addition that needs its output as it was."""
    make = GraphBuilder()
    make.add("image", Input())
    make.add("stem", Conv2d(out_channels=4))
    make.add("made", maker)
    make.add("relu", first)
    make.add("sum", Add(), "relu", "made")
    make.add("pool", GlobalAvgPool())
    make.add("scores", Output())
    return make.graph()


def _outputs_and_gradients(graph: Graph) -> list[Tensor]:
    model = compile_model(graph, FRAME, seed=0)
    scores = model(_images())
    scores.square().sum().backward()
    return [scores.detach(), *[p.grad for p in model.parameters() if p.grad is not None]]


@pytest.mark.parametrize("maker", [Conv2d(out_channels=4), Sigmoid()])
def test_in_place_layers_never_spoil_a_result(maker: Conv2d | Sigmoid) -> None:
    two_readers = _two_readers(Relu(inplace=True), maker)
    one_reader = remove(two_readers, ["sum"])
    for graph in (two_readers, one_reader):
        plain = set_layer(graph, "relu", Relu())
        for ours, theirs in zip(*map(_outputs_and_gradients, (graph, plain)), strict=True):
            torch.testing.assert_close(ours, theirs)


def test_in_place_is_kept_where_it_is_safe() -> None:
    graph = remove(_two_readers(Relu(inplace=True), Conv2d(out_channels=4)), ["sum"])
    assert compile_model(graph, FRAME, seed=0).get_submodule("relu").inplace is True
    behind_image, name = insert_on_wire(chain(), chain().wires[0], Relu(inplace=True), 0, 0)
    assert compile_model(behind_image, FRAME, 0).get_submodule(name).inplace is False


def test_a_wrong_graph_is_refused_with_its_first_problem() -> None:
    with pytest.raises(FoveaError) as caught:
        compile_model(branched(channels=12), FRAME)
    error = caught.value
    assert (error.code, error.where) == ("FV-M003", "sum")
    assert "12 × 28 × 28" in error.why


def test_an_enormous_model_is_refused_before_anything_is_allocated() -> None:
    make = GraphBuilder()
    make.add("image", Input())
    make.add("pool", GlobalAvgPool())
    make.add("wide", Linear(out_features=1_000_000))
    make.add("wider", Linear(out_features=1_000_000))
    make.add("scores", Output())
    with pytest.raises(FoveaError, match=r"1,000,\d{3},\d{3},\d{3} parameters") as caught:
        compile_model(make.graph(), FRAME)
    assert caught.value.code == "FV-M006"
    assert "16,000.2 GB" in caught.value.why


def test_a_system_that_does_not_tell_its_memory_is_no_obstacle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module_under_test, "available_memory", lambda: None)
    assert compile_model(chain(), FRAME, seed=0)(_images()).shape == (3, 10)


@pytest.mark.parametrize("name", [t.name for t in grouped()["Small images and few data"]])
def test_a_model_can_be_copied_and_its_weights_moved(name: str) -> None:
    model = compile_model(TEMPLATES[name].build(FRAME), FRAME, seed=0).eval()
    twin = copy.deepcopy(model)
    other = compile_model(TEMPLATES[name].build(FRAME), FRAME, seed=1).eval()
    other.load_state_dict(model.state_dict())
    for same in (twin, other):
        torch.testing.assert_close(same(_images()), model(_images()))
