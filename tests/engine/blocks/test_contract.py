"""What every block must hold beyond what every layer must; registering one is enough."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from engine.blocks.base import Block
from engine.graph.facts import layer_facts
from engine.graph.records import valid_id
from engine.layers.base import LAYERS, Misfit, Shape, TooSmall
from engine.layers.ends import Source
from tests.engine.layers.cases import examples
from tests.engine.layers.torch_facts import check_costs, check_reach

IMAGE: Shape = (8, 9, 7)
BLOCKS = [pytest.param(cls, id=cls.kind) for cls in LAYERS if issubclass(cls, Block)]
NARROW = {"width": 0.03, "out_channels": 12, "growth": 3, "layers": 3, "pool_channels": 2}
NARROW |= {"inner_channels": 3, "reduction": 2, "cardinality": 3, "base_width": 8, "expansion": 1.0}
NARROW |= {"direct": 2, "reduced3": 2, "out3": 3, "reduced5": 2, "out5": 3, "pooled": 2, "rate": 1}


def narrow(cls: type[Block], **more: object) -> Block:
    """A block of few channels, so that its whole module is quick to compute."""
    own = {name: value for name, value in NARROW.items() if name in cls.model_fields}
    if "width" in own and "out_channels" in own:
        del own["width"]  # there it is relative to the channels
    return cls(**own, **more)


def variants(cls: type[Block]) -> list[Block]:
    """The narrow block, with each choice and switch in its other position."""
    found = [narrow(cls)]
    for item in cls.params():
        if item.type == "choice":
            found += [narrow(cls, **{item.name: value}) for value in item.choices]
        elif item.type == "bool":
            found.append(narrow(cls, **{item.name: not item.default}))
        elif item.name in ("stride", "halvings"):
            found += [narrow(cls, **{item.name: value}) for value in (1, 2)]
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("cls", BLOCKS)
def test_it_can_be_opened(cls: type[Block]) -> None:
    for block in variants(cls):
        graph = block.graph((IMAGE,))
        assert isinstance(graph.nodes[0].layer, Source)
        assert all(valid_id(node.id) for node in graph.nodes)
        ends = [node.id for node in graph.nodes if not graph.leaving(node.id)]
        assert ends == [graph.nodes[-1].id], "one result, no dead branch"


@pytest.mark.parametrize("cls", BLOCKS)
def test_costs_and_receptive_fields_of_narrow_blocks_equal_those_of_torch(
    cls: type[Block],
) -> None:
    for block in variants(cls):
        inputs = ((8, 15, 13),)
        check_costs(block, inputs)
        compared = check_reach(block, inputs)
        reach = block.reach(inputs)
        fits = reach is not None and reach.size <= 10
        assert compared == 2 or not fits or len(block.shape(inputs)) != 3


@pytest.mark.parametrize("cls", BLOCKS)
def test_every_parameter_takes_part(cls: type[Block]) -> None:
    torch.manual_seed(0)
    for block in variants(cls):
        module = block.build((IMAGE,)).train()
        for part in module.modules():
            if isinstance(part, nn.BatchNorm2d):
                nn.init.ones_(part.weight)  # also where the block starts as its shortcut
        out = module(*examples((IMAGE,), batch=4))
        assert torch.isfinite(out).all()
        if out.requires_grad:
            (out * torch.rand(out.shape)).sum().backward()
        for name, parameter in module.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.abs().sum() > 0, (block, name)


@pytest.mark.parametrize("cls", BLOCKS)
def test_the_smallest_image_passes_or_is_refused_in_a_sentence(cls: type[Block]) -> None:
    for block in variants(cls):
        found = layer_facts(block, ((8, 1, 1),))
        if isinstance(found, Misfit):
            assert isinstance(found, TooSmall)
            assert found.param in cls.model_fields
            assert found.told(["before"]).startswith("“before” gives 8 × 1 × 1")
        else:
            assert min(found.shape) >= 1


@pytest.mark.parametrize("cls", BLOCKS)
def test_features_are_refused_with_advice(cls: type[Block]) -> None:
    with pytest.raises(Misfit, match=r"24 features.*Move it before the pooling or flattening"):
        cls().shape(((24,),))


def test_the_shelf_is_full() -> None:
    wanted = {"residual", "preactivation_residual", "bottleneck", "resnext", "inception_v1"}
    wanted |= {f"inception_v3_{letter}" for letter in "abcde"} | {"inception_residual"}
    wanted |= {"dense_block", "dense_transition", "se_residual", "cbam", "eca", "non_local"}
    wanted |= {"transformer_encoder", "spatial_pyramid", "dilated_pyramid", "stem"}
    assert wanted <= {cls.kind for cls in LAYERS if issubclass(cls, Block)}
