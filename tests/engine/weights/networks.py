"""A ResNet-18 as a graph, and weight files for it, made with torchvision."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn
from torchvision.models import resnet18

from engine.blocks.residual import Residual
from engine.graph.builder import GraphBuilder
from engine.graph.records import Graph
from engine.layers.activation import Relu
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input, Output
from engine.layers.normalisation import BatchNorm
from engine.layers.pooling import GlobalAvgPool, MaxPool

__all__ = ["foreign_resnet18", "resnet18_graph", "write"]

STAGES = ((64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1))


def resnet18_graph(naming: Callable[[int], str] = "block{}".format) -> Graph:
    """ResNet-18 of residual blocks, which are named by their number from 0."""
    make = GraphBuilder()
    make.add("image", Input())
    make.add("conv1", Conv2d(out_channels=64, kernel_size=7, stride=2, padding=3, bias=False))
    make.add("bn1", BatchNorm())
    make.add("relu", Relu(inplace=True))
    make.add("maxpool", MaxPool(kernel_size=3, stride=2, padding=1))
    for number, (width, stride) in enumerate(STAGES):
        make.add(naming(number), Residual(out_channels=width, stride=stride))
    make.add("pool", GlobalAvgPool())
    make.add("scores", Output())
    return make.graph()


def foreign_resnet18(classes: int = 1000) -> nn.Module:
    """torchvision's, with norms that have seen something, in evaluation mode."""
    torch.manual_seed(7)
    model = resnet18(weights=None, num_classes=classes)
    for part in model.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.uniform_(-0.2, 0.2)
            part.running_var.uniform_(0.5, 1.5)
            part.weight.data.uniform_(0.5, 1.5)
    return model.eval()


def write(path: Path, value: object) -> Path:
    """What ``torch.save`` writes."""
    torch.save(value, path)
    return path
