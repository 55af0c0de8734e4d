"""The Model page with a small network, and a hand on its canvas."""

import pytest
from PySide6.QtGui import QGuiApplication

from engine.data.spec import DataSpec
from engine.project import store
from engine.project.document import Project
from engine.templates import TEMPLATES
from gui.pages.model import ModelPage
from tests.support.canvas import Hand


@pytest.fixture
def page(qtbot, session, tmp_path):
    """The page of a project with the small ResNet, shown in full."""
    project = Project(data=DataSpec(classes=("round", "oval", "long")))
    project = project.with_(model=TEMPLATES["small_resnet"].build(project.frame()))
    store.create(tmp_path, project)
    session.document.open(tmp_path)
    made = ModelPage(session)
    qtbot.addWidget(made)
    made.resize(1200, 900)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    made.canvas.setFocus()
    qtbot.waitUntil(lambda: not made.canvas.content().isEmpty())
    qtbot.wait(1)  # the page shows the model's start by a timer of its own
    made.canvas.fit()
    QGuiApplication.clipboard().clear()
    return made


@pytest.fixture
def hand(qtbot, page):
    """Mouse and keys on the page's canvas."""
    return Hand(qtbot, page)
