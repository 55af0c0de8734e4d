"""The table of scenes: every page, empty, ready, running and failing; the dialogs."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from PySide6.QtWidgets import QScrollArea

from engine.errors import FoveaError
from engine.project.document import Project
from engine.runs.listing import find_run
from gui.pages.augment.page import AugmentPage
from gui.pages.computer.page import ComputerPage
from gui.pages.data.page import DataPage
from gui.pages.evaluate.page import EvaluatePage
from gui.pages.model.page import ModelPage
from gui.pages.model.template_gallery import TemplateGallery
from gui.shell.new_project import NewProjectDialog
from tests.screens.canvas_scenes import CANVAS_SCENES
from tests.screens.live_scenes import LIVE_SCENES
from tests.screens.projects import diverging, lasting, misfit, staged, twelve, wasteful, without
from tests.screens.readings import keep_readings
from tests.screens.shared_scenes import SHARED_SCENES
from tests.screens.studio import Change, Studio
from tests.screens.train_scenes import TRAIN_SCENES, lay_behind, train_page
from tests.screens.tune_scenes import TUNE_SCENES
from tests.screens.weights_scenes import WEIGHTS_SCENES
from tests.screens.winner_scenes import WINNER_SCENES

__all__ = ["SCENES", "STATES"]

Scene = Callable[[Studio], None]
STATES = ("empty", "ready", "running", "failing")
SCENES: dict[str, Scene] = (
    CANVAS_SCENES
    | LIVE_SCENES
    | WEIGHTS_SCENES
    | TRAIN_SCENES
    | TUNE_SCENES
    | SHARED_SCENES
    | WINNER_SCENES
)


def scene(function: Scene) -> Scene:
    """Puts a scene into the table under its function's name."""
    SCENES[function.__name__.replace("_", "-")] = function
    return function


# Welcome and dialogs


@scene
def welcome_empty(studio: Studio) -> None:
    """The first start."""


@scene
def welcome_ready(studio: Studio) -> None:
    """A project to go on with."""
    studio.window.settings.add_recent(studio.project())
    studio.window._show_welcome()


@scene
def computer_ready(studio: Studio) -> None:
    """What training uses here."""
    studio.window.go("computer")
    page = studio.window.findChild(ComputerPage)
    studio.until(page.test.start.isEnabled)


@scene
def computer_running(studio: Studio) -> None:
    """Its test, in the middle."""
    computer_ready(studio)
    speed = studio.window.findChild(ComputerPage).test
    speed.start.click()
    studio.until(lambda: speed.bar.value() > 0)


@scene
def computer_finished(studio: Studio) -> None:
    """How fast it was."""
    computer_running(studio)
    studio.until(studio.window.findChild(ComputerPage).test.start.isVisible)


@scene
def dialog_new(studio: Studio) -> None:
    """A new project from images."""
    folder = studio.project()
    studio.window.files.new(folder.parent / f"{folder.name} images")


@scene
def dialog_new_failing(studio: Studio) -> None:
    """A new project from a folder that is not there."""
    studio.window.files.new(studio.place / "nowhere")
    dialog = studio.window.findChild(NewProjectDialog)
    dialog.make.click()
    studio.until(dialog.problem.isVisible)


@scene
def dialog_error(studio: Studio) -> None:
    """An error's six fields."""
    studio.open("data")
    studio.window.show_error(
        FoveaError(
            "FV-O001",
            "The project could not be saved.",
            where="Sample cells/project.fovea",
            why="The disk is full: 12 MB are needed, 3 MB are free.",
            kept="The file as it was saved before, and your edits in this window.",
            fix="Free some space, then save again.",
        )
    )


# Data


@scene
def data_empty(studio: Studio) -> None:
    """No images."""
    studio.open("data", lambda project: without(project, "data"))


@scene
def data_ready(studio: Studio) -> None:
    """The gallery."""
    studio.open("data")


@scene
def data_running(studio: Studio) -> None:
    """A scan."""
    page = studio.open("data")
    assert isinstance(page, DataPage)
    page.scan_again()
    studio.until(lambda: page.overlay.panel.bar.maximum() > 0 or not page.overlay.isVisible())


@scene
def data_failing(studio: Studio) -> None:
    """The folder of images was moved away."""
    page = studio.open("data", images=False)
    assert isinstance(page, DataPage)
    page.scan_again()
    studio.settle()


# Augment


@scene
def augment_empty(studio: Studio) -> None:
    """No cards."""
    studio.open("augment", lambda project: without(project, "augment"))


@scene
def augment_ready(studio: Studio) -> None:
    """Cards and a preview."""
    studio.open("augment")


@scene
def augment_many(studio: Studio) -> None:
    """Twelve cards, two of them in a group, one warned of, a question in the banner."""
    page = studio.open("augment", twelve)
    assert isinstance(page, AugmentPage)
    page.editing.answer("mirror", True)
    page.editing.add("grayscale")
    studio.settle()
    page.cards.area.verticalScrollBar().setValue(0)
    page.cards.cards["rotate"].toggle()


@scene
def augment_batch(studio: Studio) -> None:
    """One batch with mixed images and the bars of their labels."""
    page = studio.open("augment")
    assert isinstance(page, AugmentPage)
    page.editing.add("mixup")
    page.editing.add("cutmix")
    studio.settle()
    page.preview.mode.button("batch").click()
    studio.settle()


@scene
def augment_presets(studio: Studio) -> None:
    """The presets, one recommended."""
    page = studio.open("augment")
    assert isinstance(page, AugmentPage)
    page.start.click()


@scene
def augment_answers(studio: Studio) -> None:
    """The questions about labels."""
    page = studio.open("augment")
    assert isinstance(page, AugmentPage)
    page.show_answers()


@scene
def augment_measured(studio: Studio) -> None:
    """Readings at the cards, and of the whole pipeline."""
    measured(studio)


@scene
def augment_measured_details(studio: Studio) -> None:
    """The cards in the plane, and the classes of a harmful one."""
    measured(studio, twelve).meter.show_details("rotate")


@scene
def augment_measured_stale(studio: Studio) -> None:
    """A card that was changed since, while a model trains."""
    page = measured(studio, lasting)
    name = next(iter(page.cards.cards))
    step = page.editing.pipeline.card(name)
    page.editing.edit(name, step.settings.with_(probability=0.25), "probability")
    studio.train_until(epoch=1)


@scene
def augment_measuring(studio: Studio) -> None:
    """The meter at work."""
    page = studio.open("augment")
    assert isinstance(page, AugmentPage)
    page.meter.bar.start.click()
    studio.until(lambda: (stage := page.meter.work.stage) is not None and stage.done > 2)


@scene
def augment_measuring_failed(studio: Studio) -> None:
    """The images are gone, so there is nothing to measure on."""
    page = studio.open("augment", larger, images=False)
    assert isinstance(page, AugmentPage)
    page.meter.bar.start.click()
    studio.until(page.meter.bar.problem.isVisible)
    studio.settle()


def larger(project: Project) -> Project:
    """The project with images of a size that is not kept beside it."""
    return project.with_(data=project.data.with_(size=40))


def measured(studio: Studio, change: Change | None = None) -> AugmentPage:
    """The page with readings of all cards."""
    page = studio.open("augment", change)
    assert isinstance(page, AugmentPage)
    document = studio.window.session.document
    assert document.project is not None
    assert document.folder is not None
    keep_readings(document.project, document.folder)
    page.meter.work.look_up()
    studio.settle()
    return page


@scene
def help_keras(studio: Studio) -> None:
    """Keras' names."""
    studio.open("augment")
    studio.window.menus.show_keras_names()


@scene
def help_shortcuts(studio: Studio) -> None:
    """The shortcuts of menus and cards."""
    studio.open("augment")
    studio.window.menus._show_shortcuts()


@scene
def augment_running(studio: Studio) -> None:
    """While a model trains."""
    studio.open("augment", lasting)
    studio.train_until(epoch=1)


@scene
def augment_failing(studio: Studio) -> None:
    """The images are gone, so there is no preview."""
    page = studio.open("augment", images=False)
    assert isinstance(page, AugmentPage)
    studio.until(page.preview.problem.isVisible)


# Model


@scene
def model_empty(studio: Studio) -> None:
    """No node."""
    studio.open("model", lambda project: without(project, "model"))


@scene
def model_ready(studio: Studio) -> None:
    """The template, a node selected."""
    page = studio.open("model")
    assert isinstance(page, ModelPage)
    page.canvas.select(["block1"])


@scene
def model_templates(studio: Studio) -> None:
    """The models to start from."""
    page = studio.open("model")
    assert isinstance(page, ModelPage)
    page.toolbar.templates.click()
    gallery = page.findChild(TemplateGallery)
    studio.until(lambda: bool(gallery.list.cost("vgg11")[0]))
    gallery.list.select("resnet18")


@scene
def model_warnings(studio: Studio) -> None:
    """Warnings with their remedies, signs at the nodes, the memory of training."""
    page = studio.open("model", wasteful)
    assert isinstance(page, ModelPage)
    studio.until(lambda: page.knowing.findings)
    page.canvas.fit()


@scene
def model_warned_node(studio: Studio) -> None:
    """A node with a warning, and its receptive field over an image."""
    page = studio.open("model", wasteful)
    assert isinstance(page, ModelPage)
    page.canvas.select(["stem"])
    studio.settle()
    show_field(studio, page)


@scene
def model_field(studio: Studio) -> None:
    """The receptive field of a block over one of the images."""
    page = studio.open("model")
    assert isinstance(page, ModelPage)
    page.canvas.select(["block1"])
    studio.settle()
    show_field(studio, page)


def show_field(studio: Studio, page: ModelPage) -> None:
    """Brings the panel with the image into sight."""
    field = page.knowing.field
    studio.until(lambda: field.view.image is not None)
    area = page.inspector.node_panel.parentWidget().parentWidget()
    assert isinstance(area, QScrollArea)
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())


@scene
def model_running(studio: Studio) -> None:
    """While a model trains."""
    studio.open("model", lasting)
    studio.train_until(epoch=1)


@scene
def model_failing(studio: Studio) -> None:
    """A wire is missing; the node that waits for it is selected."""
    page = studio.open("model", misfit)
    assert isinstance(page, ModelPage)
    page.canvas.select(["block3"])


@scene
def model_code(studio: Studio) -> None:
    """The code beside the canvas, with the lines of the selected node."""
    page = studio.open("model")
    assert isinstance(page, ModelPage)
    page.toolbar.code.click()
    studio.settle()
    page.canvas.select(["block2"])


@scene
def model_block(studio: Studio) -> None:
    """A block of one's own: its parameters, repetitions and title."""
    page = studio.open("model", staged)
    assert isinstance(page, ModelPage)
    page.canvas.select(["stage"])


@scene
def model_block_alike(studio: Studio) -> None:
    """Inside a repeated block that is used twice: what a change reaches."""
    page = studio.open("model", staged)
    assert isinstance(page, ModelPage)
    page.blocks.open("stage")
    page.canvas.select(["block1"])


@scene
def model_block_open(studio: Studio) -> None:
    """Inside a block in a block: the way there, and a setting that is a parameter."""
    page = studio.open("model", staged)
    assert isinstance(page, ModelPage)
    page.blocks.open("stage")
    page.blocks.open("block1")
    page.canvas.select(["conv1"])


@scene
def model_block_failing(studio: Studio) -> None:
    """A block with something wrong inside, seen from outside."""
    page = studio.open("model", staged)
    assert isinstance(page, ModelPage)
    page.blocks.open("stage")
    page.canvas.select(["block1"])
    page.wishes.disconnect(page.place.view.graph.arriving("block1"))
    page.blocks.leave_to(())


@scene
def model_group(studio: Studio) -> None:
    """Nodes become a block: its name and parameters."""
    page = studio.open("model")
    assert isinstance(page, ModelPage)
    page.canvas.select(["stem", "stem_norm", "stem_relu"])
    dialog = page.blocks.group()
    assert dialog is not None
    dialog.name.setText("Stem")


# Train


@scene
def train_empty(studio: Studio) -> None:
    """No run yet."""
    studio.open_untrained("train")


@scene
def train_ready(studio: Studio) -> None:
    """A finished run, an earlier one behind it."""
    lay_behind(train_page(studio))
    studio.settle()


@scene
def train_running(studio: Studio) -> None:
    """Live curves over an earlier run."""
    lay_behind(train_page(studio, lambda project: lasting(project, epochs=12)))
    studio.train_until(epoch=4)


@scene
def train_failing(studio: Studio) -> None:
    """A run whose loss became infinite."""
    studio.open("train", diverging)
    studio.train()
    studio.until(lambda: not studio.runner.job.active)
    assert studio.runner.job.phase == "failed", studio.runner.job
    studio.settle()


@scene
def train_failing_model(studio: Studio) -> None:
    """A model that cannot be trained."""
    studio.open("train", misfit)


# Evaluate


@scene
def evaluate_empty(studio: Studio) -> None:
    """No run yet."""
    studio.open_untrained("evaluate")


@scene
def evaluate_ready(studio: Studio) -> None:
    """Measures, matrix and mistakes."""
    studio.open("evaluate")


@scene
def evaluate_averaged(studio: Studio) -> None:
    """Measures of the average over variants."""
    page = studio.open("evaluate")
    assert isinstance(page, EvaluatePage)
    page.variants.setCurrentIndex(2)
    page.evaluate()
    studio.until(page.view.notes.isVisible)
    studio.settle()


@scene
def evaluate_running(studio: Studio) -> None:
    """An evaluation."""
    page = studio.open("evaluate")
    assert isinstance(page, EvaluatePage)
    page.evaluate()


@scene
def evaluate_failing(studio: Studio) -> None:
    """The weights of the run are missing."""
    page = studio.open("evaluate")
    assert isinstance(page, EvaluatePage)
    run = find_run(studio.place / "Sample cells", "last")
    shutil.rmtree(run.path / "checkpoints")
    page.evaluate()
    studio.until(page.problem.isVisible)
    studio.settle()
