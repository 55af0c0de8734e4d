"""What check() says about projects that are not ready."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from engine.augment.edits import set_card
from engine.augment.pipeline import Card, Pipeline
from engine.augment.safety import Answers
from engine.data.manifest import Item, Manifest
from engine.errors import FoveaError
from engine.graph.edits import set_layer
from engine.graph.records import Graph
from engine.losses.ordinal import SoftOrdinal
from engine.losses.weighted import WeightedCrossEntropy
from engine.problems import Problem
from engine.project.address import put
from engine.project.check import check
from engine.project.document import Project
from engine.spec import param
from engine.train.prepare import check_project
from engine.transforms.base import ImageFacts, Misfit, Pixels
from tests.engine.project.examples import example_project

PROJECT = example_project().with_(training=example_project().training.with_(epochs=40))


def images(*counts: int) -> Manifest:
    """A manifest with so many images of each class, all different."""
    items = [
        Item(f"{label}/{i}.png", label, f"{label:032x}{i:032x}", 32, 32, "RGB")
        for label, count in enumerate(counts)
        for i in range(count)
    ]
    return Manifest("folders", ("a", "b", "c")[: len(counts)], tuple(items))


def where(problems: tuple[Problem, ...], severity: str) -> list[str]:
    return [problem.where for problem in problems if problem.severity == severity]


def test_a_good_project_has_no_problems() -> None:
    assert check(PROJECT, images(100, 100, 100)) == ()
    assert PROJECT.check() == ()


def test_a_new_project_asks_for_images_and_a_model() -> None:
    problems = Project().check()
    assert problems[0].where == "data.source"
    assert len(where(problems, "error")) >= 2


def test_one_class_is_not_enough() -> None:
    one = PROJECT.with_(data=PROJECT.data.with_(classes=("a",)))
    assert where(check(one), "error") == ["data.classes"]


def test_a_wrong_graph_is_explained_at_its_node() -> None:
    cut = PROJECT.with_(model=Graph(PROJECT.model.nodes, PROJECT.model.wires[:-1]))
    found = check(cut)
    assert any(p.severity == "error" and p.where in ("pool", "scores") for p in found)


def test_a_class_without_training_images_is_an_error() -> None:
    problems = check(PROJECT, images(60, 60, 0))
    assert where(problems, "error") == ["data.classes"]
    assert "“c”" in problems[0].message


def test_what_training_would_refuse_is_an_error() -> None:
    assert where(check(PROJECT, images(1, 1, 1)), "error") == ["data.validation"]


@pytest.mark.parametrize(
    ("address", "value", "severity"),
    [
        ("training.batch_size", 4096, "warning"),
        ("training.epochs", 1, "warning"),
        ("training.early_stopping", 40, "note"),
        ("data.test", 0.0, "note"),
    ],
)
def test_conflicts_of_the_recipe_are_told_at_their_setting(
    address: str, value: object, severity: str
) -> None:
    problems = check(put(PROJECT, address, value), images(100, 100, 100))
    assert address in where(problems, severity)
    assert not where(problems, "error")


def test_a_last_batch_of_one_image_is_noted() -> None:
    from engine.data.split import split

    manifest = images(60, 60, 60)
    training = int((split(manifest, PROJECT.data) == 0).sum())
    project = put(PROJECT, "training.batch_size", training - 1)
    assert "training.batch_size" in where(check(project, manifest), "note")


def unanswered(project: Project) -> Project:
    return project.with_(answers=Answers())


class _Harmful(Pixels):
    """Raises two questions, and cannot work on images of more than its side."""

    kind = "test_harmful"
    title = "Harmful"
    family = "noise"

    side: int = param(64, help="The largest side.")

    def questions(self) -> tuple[str, ...]:
        return ("colour", "mirror")

    def misfits(self, images: ImageFacts) -> Iterator[Misfit]:
        yield from super().misfits(images)
        if images.width > self.side:
            yield Misfit("side", "The images are larger than this.", "Raise the side.")


@pytest.fixture
def harmful() -> Project:
    """A project with one card that raises two questions, both of them answered no."""
    return PROJECT.with_(augment=Pipeline((Card("hurt", _Harmful()),)))


def test_a_card_that_the_answers_speak_against_is_a_warning(harmful: Project) -> None:
    assert check(harmful) == ()
    told = check(harmful.with_(answers=harmful.answers.with_("colour", True)))
    assert [(p.severity, p.where) for p in told] == [("warning", "augment.hurt")]
    assert "change colours" in told[0].message
    off = set_card(harmful.augment, "hurt", on=False)
    assert check(harmful.with_(answers=Answers({"colour": True}), augment=off)) == ()


def test_what_was_not_asked_yet_is_one_note_a_question(harmful: Project) -> None:
    twice = Pipeline((Card("hurt", _Harmful()), Card("again", _Harmful())))
    told = check(unanswered(harmful).with_(augment=twice))
    assert [(p.severity, p.where) for p in told] == [("note", "augment.hurt")] * 2
    assert "in a mirror" in told[0].message
    assert "augment answer colour" in told[1].fix


def test_grey_images_are_not_asked_about_colour(harmful: Project) -> None:
    grey = put(harmful, "data.channels", "grey")
    assert [p for p in check(unanswered(grey)) if "colour" in p.fix] == []
    coloured = grey.with_(answers=harmful.answers.with_("colour", True))
    assert [p for p in check(coloured) if p.where == "augment.hurt"] == []


def test_settings_that_cannot_work_on_the_images_stop_the_training(harmful: Project) -> None:
    wrong = put(harmful, "augment.hurt.side", 31)
    [problem] = check(wrong)
    assert (problem.severity, problem.where) == ("error", "augment.hurt.side")
    assert problem.fix == "Raise the side."
    with pytest.raises(FoveaError) as caught:
        check_project(wrong)
    assert (caught.value.code, caught.value.where) == ("FV-T007", "augment.hurt.side")
    check_project(put(wrong, "augment.hurt.on", False))


def test_checking_takes_milliseconds() -> None:
    check(PROJECT)
    began = time.process_time()
    check(PROJECT)
    assert time.process_time() - began < 0.05


def test_what_should_be_changed_about_a_model_is_a_warning() -> None:
    stem = PROJECT.model.node("stem").layer
    told = check(PROJECT.with_(model=set_layer(PROJECT.model, "stem", stem.with_(bias=True))))
    assert [(p.severity, p.where, p.code) for p in told] == [
        ("warning", "stem", "bias_before_norm")
    ]
    assert told[0].nodes == ("stem",)
    assert told[0].fix == "Switch the bias off."


def test_errors_are_those_of_the_check_and_ask_for_no_advice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faulty = [Project(), example_project(), example_project().with_(model=Graph())]
    wanted = [tuple(p for p in check(one) if p.severity == "error") for one in faulty]
    monkeypatch.setattr("engine.project.check.advise", None)
    assert [one.errors() for one in faulty] == wanted
    assert wanted[0]
    assert wanted[1] == ()


def test_a_loss_that_needs_an_order_is_refused_without_one() -> None:
    ordinal = PROJECT.with_(data=PROJECT.data.with_(targets="ordinal"))
    graded = PROJECT.training.with_(loss=SoftOrdinal())
    (problem,) = check(PROJECT.with_(training=graded))
    assert (problem.severity, problem.where) == ("error", "training.loss")
    assert "order" in problem.message
    with pytest.raises(FoveaError) as caught:
        check_project(PROJECT.with_(training=graded))
    assert caught.value.code == "FV-T007"
    assert check(ordinal.with_(training=graded)) == ()
    assert where(check(ordinal), "note") == ["training.loss"]


def test_weights_of_another_number_of_classes_are_told() -> None:
    loss = WeightedCrossEntropy(given="1 2")
    (problem,) = check(PROJECT.with_(training=PROJECT.training.with_(loss=loss)))
    assert "2 given weights for 3 classes" in problem.message
