"""A tiny project of real images, made once and copied for every test, and its pages, shown."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from engine.augment.edits import add_card
from engine.augment.pipeline import Pipeline
from engine.data.scan import scan
from engine.graph.builder import GraphBuilder
from engine.graph.records import Graph
from engine.layers.activation import Relu
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input, Output
from engine.layers.normalisation import BatchNorm
from engine.layers.pooling import GlobalAvgPool
from engine.project import store
from engine.project.document import Project
from engine.recipe import Training
from engine.transforms.colour.tone import BrightnessContrast
from engine.transforms.geometry import Flip, Rotate
from gui.forms import SpecForm
from gui.pages.base import Page, Session

LEFT = Qt.MouseButton.LeftButton
COUNTS = {"ants": 20, "bees": 16, "cats": 12}
TOTAL = sum(COUNTS.values())
FIRST = "2020-01-01-001"
AnyPage = TypeVar("AnyPage", bound=Page)
OpenPage = Callable[[type[AnyPage]], AnyPage]


@pytest.fixture(scope="session")
def tiny_master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``images`` (48 of 16 px, three classes, two alike) and the project ``tiny``."""
    root = tmp_path_factory.mktemp("tiny")
    draw_images(root / "images")
    folder = root / "tiny"
    folder.mkdir()
    spec = scan(root / "images", folder).spec.with_(size=16, validation=0.25, test=0.25)
    recipe = Training(epochs=2, batch_size=8)
    project = Project("tiny", spec, augmentation(), model(), recipe)
    store.create(folder, project)
    return root


def draw_images(root: Path) -> None:
    """Noise with a class's own tint; ``bees/00.png`` and ``bees/01.png`` are the same file."""
    random = np.random.default_rng(7)
    for number, (name, count) in enumerate(COUNTS.items()):
        (root / name).mkdir(parents=True)
        for index in range(count):
            pixels = random.integers(0, 120, (16, 16, 3), dtype=np.uint8)
            pixels[..., number] += 120
            Image.fromarray(pixels).save(root / name / f"{index:02d}.png")
    shutil.copy(root / "bees" / "00.png", root / "bees" / "01.png")


def augmentation() -> Pipeline:
    """Three cards: flip, rotate, brightness and contrast."""
    pipeline = Pipeline()
    for transform in (Flip(), Rotate(), BrightnessContrast()):
        pipeline, _ = add_card(pipeline, transform)
    return pipeline


def model() -> Graph:
    """One convolution."""
    make = GraphBuilder()
    make.add("image", Input())
    make.add("stem", Conv2d(out_channels=8, kernel_size=3))
    make.add("norm", BatchNorm())
    make.add("relu", Relu())
    make.add("pool", GlobalAvgPool())
    make.add("scores", Output())
    return make.graph()


@pytest.fixture(scope="session")
def trained_master(tiny_master: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As ``tiny_master``, with one finished run of two epochs."""
    from engine.train.loop import train

    root = tmp_path_factory.mktemp("trained") / "root"
    shutil.copytree(tiny_master, root)
    *_, last = train(store.load(root / "tiny").project, root / "tiny", run_id=FIRST)
    assert last.status == "done"
    return root


@pytest.fixture
def tiny(tiny_master: Path, tmp_path: Path) -> Path:
    """A project folder of the test's own; its images are in ``../images``."""
    shutil.copytree(tiny_master, tmp_path / "place")
    return tmp_path / "place" / "tiny"


@pytest.fixture
def trained(trained_master: Path, tmp_path: Path) -> Path:
    """As ``tiny``, with one finished run, ``FIRST``."""
    shutil.copytree(trained_master, tmp_path / "place")
    return tmp_path / "place" / "tiny"


@pytest.fixture
def show(qtbot, session: Session) -> OpenPage:
    """``show(DataPage)`` makes a page of the session and shows it, all work done."""

    def make(kind: type[AnyPage]) -> AnyPage:
        page = kind(session)
        qtbot.addWidget(page)
        page.resize(1200, 660)
        page.show()
        settle(qtbot, session)
        return page

    return make


def settle(qtbot, session: Session) -> None:
    """Waits until no background work is left (training may go on)."""
    qtbot.waitUntil(lambda: not session.runner._tasks, timeout=20_000)
    qtbot.wait(40)  # what the last piece of work asked for starts by timers of 30 ms
    qtbot.waitUntil(lambda: not session.runner._tasks, timeout=20_000)


def change(session: Session, **parts: object) -> None:
    """Edits the open project, as one undo step."""
    project = session.document.project
    assert project is not None
    session.document.apply(project.with_(**parts), "Edit")


def type_into(qtbot, form: SpecForm, name: str, text: str) -> None:
    """Types a value into a form's field, by keys."""
    field = form.field(name)
    line = field if isinstance(field, QLineEdit) else field.findChild(QLineEdit)
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, Qt.Key.Key_Return)


def click(qtbot, widget: QWidget) -> None:
    """A click with the left button in the middle of a widget that can be seen and used."""
    assert widget.isVisible(), f"{widget.accessibleName()} cannot be seen"
    assert widget.isEnabled(), f"{widget.accessibleName()} cannot be used"
    qtbot.mouseClick(widget, LEFT)
