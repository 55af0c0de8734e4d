"""A project whose images can have several classes, in the window: data, preview, evaluation."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from engine.augment.pipeline import Card, Pipeline
from engine.data.manifest import load_manifest
from engine.evaluate import SeveralEvaluation
from engine.project import store
from engine.project.new import new_project
from engine.train.loop import train
from engine.transforms.regularising.mixup import MixUp
from gui.pages.augment.page import AugmentPage
from gui.pages.augment.tiles import tiles
from gui.pages.base import Session
from gui.pages.data.page import DataPage
from gui.pages.evaluate.page import EvaluatePage
from tests.gui.pages.conftest import FIRST, LEFT, OpenPage, click, model, settle


@pytest.fixture(scope="module")
def several_master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty images of two classes, half of them together, some alone; with a run of one epoch."""
    root = tmp_path_factory.mktemp("several")
    draw = np.random.default_rng(8)
    lines = ["path,label"]
    (root / "images").mkdir()
    for number in range(60):
        Image.fromarray(draw.integers(0, 255, (16, 16), dtype=np.uint8)).save(
            root / "images" / f"{number:02d}.png"
        )
        lines.append(f"{number:02d}.png,{('left', 'right', 'left|right', 'rare|left')[number % 4]}")
    (root / "images" / "labels.csv").write_text("\n".join(lines))
    made = new_project(root / "p", root / "images" / "labels.csv", template="small_cnn")
    made = made.with_(
        model=model(),
        augment=Pipeline((Card("mixup", MixUp(), probability=0.5),)),
        training=made.training.with_(epochs=1, batch_size=8),
    )
    store.save(root / "p", made, expect_digest=store.load(root / "p").digest)
    *_, last = train(made, root / "p", run_id=FIRST)
    assert last.status == "done"
    return root


@pytest.fixture
def several(several_master: Path, tmp_path: Path, session: Session) -> Path:
    """Its folder, a test's own, open in the window."""
    shutil.copytree(several_master, tmp_path / "place")
    session.document.open(tmp_path / "place" / "p")
    return tmp_path / "place" / "p"


def test_an_image_is_found_under_each_of_its_classes(
    qtbot, session: Session, several: Path, show: OpenPage
) -> None:
    page = show(DataPage)
    items = load_manifest(several, session.document.project.data.manifest).items
    for index, name in enumerate(("left", "rare", "right")):
        page.classes.setCurrentIndex(index + 1)
        page._filter()
        wanted = [item.path for item in items if index in item.every_label]
        assert [tile.caption for tile in page.gallery.tiles.tiles] == wanted
        assert page.classes.currentText() == name
    tips = [tile.tip for tile in page.gallery.tiles.tiles]
    assert any("left, right" in tip for tip in tips)
    assert "left" in page.bars.csv()
    page.scan_again()
    settle(qtbot, session)
    assert session.document.project.data.targets == "multi"


def test_the_preview_names_all_classes(
    qtbot, session: Session, several: Path, show: OpenPage
) -> None:
    pane = show(AugmentPage).preview
    assert pane.picture is not None
    click(qtbot, pane.mode.button("batch"))
    settle(qtbot, session)
    assert pane.picture is not None
    assert pane.picture.wish.batch_size == 8
    assert (pane.picture.other >= 0).any()
    assert not pane.problem.isVisible()
    names = {tile.name.split(" % ")[-1] for tile in tiles(pane.picture)}
    assert names <= {"left", "right", "left, right", "left, rare"}
    assert any(", " in name for name in names)


def test_an_evaluation_shows_one_class_at_a_time(
    qtbot, session: Session, several: Path, show: OpenPage
) -> None:
    page = show(EvaluatePage)
    click(qtbot, page.start)
    settle(qtbot, session)
    found, view = page.result, page.view
    assert isinstance(found, SeveralEvaluation)
    assert view.exact.isVisible()
    assert not view.kappa.isVisible()
    assert "left" in view.table.heading.text()
    table = view.classes
    assert not table.isColumnHidden(5)
    for row in range(3):
        middle = table.visualItemRect(table.item(row, 0)).center()
        qtbot.mouseClick(table.viewport(), LEFT, pos=middle)
        settle(qtbot, session)
        index = table.item(row, 0).data(Qt.ItemDataRole.UserRole)
        assert view.result.to_json() == found.of_class(index).to_json()
        wrong = found.predictions[:, index] != found.present[:, index]
        assert len(page.gallery.tiles.tiles) == wrong.sum()
        view.show_cell((1, 1))
        hits = (found.predictions[:, index] & found.present[:, index]).sum()
        assert len(page.gallery.tiles.tiles) == hits
