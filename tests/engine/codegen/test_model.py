"""What the file says, and which line belongs to which node."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest
import torch
from torch import nn

from engine.blocks.residual import Residual
from engine.codegen.expressions import DEFAULTS, SIGNATURES
from engine.codegen.model import listing, model_code
from engine.errors import FoveaError
from engine.graph.builder import GraphBuilder
from engine.graph.edits import rename
from engine.graph.records import Graph
from engine.layers.activation import Relu
from engine.layers.base import Frame, Layer
from engine.layers.code import helper_names, helper_source
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input, Output
from engine.layers.merge import Add, Multiply
from engine.layers.pooling import GlobalAvgPool
from engine.layers.reshape import Identity
from engine.templates import TEMPLATES
from tests.engine.codegen.random_graphs import BranchBlock, ChainBlock, GateBlock
from tests.engine.codegen.sameness import check, ruff, written
from tests.engine.graph.examples import FRAME, branched, chain

COLOUR = Frame(3, 32, 32, 5)


def _stack(*layers: Layer) -> Graph:
    """An image, layers one behind the other, a pooling, class scores."""
    make = GraphBuilder()
    make.add("image", Input())
    for number, layer in enumerate(layers, start=1):
        make.add(f"part{number}", layer)
    make.add("pool", GlobalAvgPool())
    make.add("scores", Output())
    return make.graph()


def _classes(code: str) -> list[str]:
    return [line for line in code.splitlines() if line.startswith("class ")]


def test_the_default_model_reads_as_a_person_would_write_it() -> None:
    code = model_code(TEMPLATES["small_resnet"].build(FRAME), FRAME)
    assert _classes(code) == ["class ResidualBlock(nn.Module):", "class Model(nn.Module):"]
    for line in (
        "    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:",
        "        self.norm1 = nn.BatchNorm2d(out_channels)",
        "        nn.init.zeros_(self.norm2.weight)",
        "        shortcut = self.shortcut(x)",
        "        x = out + shortcut",
        "        self.block1 = ResidualBlock(16, 32, stride=2)",
        "        self.block2 = ResidualBlock(32, 64)",
        "        x = torch.flatten(self.pool(x), 1)",
        "        return self.scores(x)",
    ):
        assert line in code.splitlines()


def test_blocks_of_another_structure_have_a_class_that_says_so() -> None:
    layers = (Residual(out_channels=8), Residual(out_channels=8), Residual(out_channels=16))
    code = check(_stack(*layers), Frame(8, 16, 16, 3))
    assert _classes(code)[:2] == [
        "class ResidualBlock(nn.Module):",
        "class ResidualBlockWithShortcut(nn.Module):",
    ]
    assert "self.part2 = ResidualBlock(8)" in code
    assert "self.part3 = ResidualBlockWithShortcut(8, 16)" in code


def test_nested_and_repeated_blocks_keep_the_names_of_the_weights() -> None:
    graph = _stack(
        BranchBlock(width=4), ChainBlock(width=3, repeats=5), ChainBlock(width=4, repeats=2)
    )
    code = check(graph, COLOUR)
    assert ruff(code) == ""
    assert "for _ in range(4)" in code
    keys = set(written(code).state_dict())
    assert {"part2.0.inner.inner.conv1.weight", "part2.4.conv.bias", "part3.1.conv.bias"} <= keys


def test_a_block_takes_all_its_inputs() -> None:
    make = GraphBuilder()
    make.add("image", Input())
    make.add("stem", Conv2d(out_channels=4))
    make.add("other", Conv2d(out_channels=4))
    make.add("gate", GateBlock(), "other", "stem")
    make.add("pool", GlobalAvgPool())
    make.add("scores", Output())
    code = check(make.graph(), COLOUR)
    assert "def forward(self, x: torch.Tensor, right: torch.Tensor) -> torch.Tensor:" in code
    assert "self.gate(other, x)" in code


def test_what_changes_nothing_is_not_written() -> None:
    code = check(_stack(Identity(), Conv2d(out_channels=4), Identity()), COLOUR)
    assert "part1" not in code
    assert "part3" not in code


def test_in_place_is_kept_only_where_it_is_safe() -> None:
    make = GraphBuilder()
    make.add("image", Input())
    make.add("stem", Conv2d(out_channels=4))
    make.add("safe", Relu(inplace=True))
    make.add("unsafe", Relu(inplace=True))
    make.add("sum", Add(), "safe", "unsafe")
    make.add("pool", GlobalAvgPool())
    make.add("scores", Output())
    code = check(make.graph(), COLOUR)
    assert "self.safe = nn.ReLU(inplace=True)" in code
    assert "self.unsafe = nn.ReLU()" in code


@pytest.mark.parametrize("name", ["if", "forward", "self", "torch", "nn", "x", "sum", "code"])
def test_a_node_may_have_any_name(name: str) -> None:
    graph = rename(rename(branched(), "sum", "total"), "stem", name)
    assert ruff(check(graph, FRAME)) == ""


def test_the_longest_names_fit_on_lines() -> None:
    graph = chain(2)
    for number, node in enumerate(graph.nodes):
        graph = rename(graph, node.id, f"{chr(97 + number)}_" + "long_" * 7 + "abc")
    assert ruff(check(graph, FRAME)) == ""


def test_products_of_features_and_images_are_spread() -> None:
    make = GraphBuilder()
    make.add("image", Input())
    make.add("gate_with_a_long_name_for_a_variable", GlobalAvgPool())
    make.add("look", Multiply(), "image", make.last, "image")
    make.add("pool", GlobalAvgPool())
    make.add("scores", Output())
    assert "[:, :, None, None]" in check(make.graph(), COLOUR)


@pytest.mark.parametrize("name", ["Net", "a net 2", "2", "BlurPool", "None", "Ω", 'x"""\n'])
def test_the_models_class_may_be_called_anything(name: str) -> None:
    code = model_code(chain(), FRAME, name)
    assert ruff(code) == ""
    scope: dict[str, object] = {"__name__": "written"}
    exec(code, scope)
    models = [v for v in scope.values() if isinstance(v, type) and issubclass(v, nn.Module)]
    assert len(models) == 1


def test_lines_know_their_nodes() -> None:
    graph = TEMPLATES["small_resnet"].build(FRAME)
    found = listing(graph, FRAME)
    lines = found.text.splitlines()
    assert len(lines) == len(found.nodes)
    assert [lines[n].strip() for n in found.lines_of("block2")] == [
        "self.block2 = ResidualBlock(32, 64)",
        "x = self.block2(x)",
    ]
    assert {node.id for node in graph.nodes} - set(found.nodes) == {"image"}
    assert found.lines_of("nobody") == ()


def test_a_model_with_problems_has_no_code() -> None:
    with pytest.raises(FoveaError) as caught:
        model_code(Graph(), FRAME)
    assert caught.value.code == "FV-M002"


@pytest.mark.parametrize("owner", [name for name in SIGNATURES if name.startswith("nn.")])
def test_names_of_arguments_are_those_of_torch(owner: str) -> None:
    known = inspect.signature(getattr(nn, owner.removeprefix("nn."))).parameters
    names = [{"p": "rate"}.get(name, name) for name in known]
    assert names[: len(SIGNATURES[owner])] == list(SIGNATURES[owner])
    for name, value in DEFAULTS.get(owner, {}).items():
        assert known[name].default == value, name


def test_helper_classes_pass_the_rules() -> None:
    parts = ["import torch\nfrom torch import nn\n", *map(helper_source, helper_names())]
    assert ruff("\n\n".join(parts)) == ""


def test_writing_code_does_not_need_torch() -> None:
    script = (
        "import sys\n"
        "from engine.codegen.model import model_code\n"
        "from engine.layers.base import Frame\n"
        "from engine.templates import TEMPLATES\n"
        "for template in TEMPLATES.values():\n"
        "    model_code(template.build(Frame(1, 28, 28, 3)), Frame(1, 28, 28, 3))\n"
        "print('torch' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_the_file_runs_as_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    exec(model_code(chain(), FRAME), {"__name__": "__main__"})
    assert capsys.readouterr().out.strip() == str(torch.Size([2, 10]))
