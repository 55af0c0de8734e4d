"""A new project: made whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import Cancelled, FoveaError
from engine.graph.analysis import analyse
from engine.project import new as module
from engine.project.new import new_project
from engine.project.store import load
from engine.templates import TEMPLATES


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Two classes of twelve colour images of 24 x 24 pixels."""
    chance = np.random.default_rng(3)
    for name in ("dark", "light"):
        folder = tmp_path / "images" / name
        folder.mkdir(parents=True)
        for number in range(12):
            pixels = chance.integers(0, 120, (24, 24, 3), np.uint8) + (name == "light") * 100
            Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{number}.png")
    return tmp_path / "images"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_project_is_saved_and_ready_to_train(tmp_path: Path, images: Path) -> None:
    steps: list[int] = []
    made = new_project(
        tmp_path / "a" / "cells", images, progress=lambda done, total, text: steps.append(done)
    )
    loaded = load(tmp_path / "a" / "cells")
    assert loaded.project == made
    assert made.name == "cells"
    assert made.data.source == "../../images"
    assert made.data.classes == ("dark", "light")
    assert [problem for problem in made.check() if problem.severity == "error"] == []
    assert made.model.nodes
    assert made.augment.cards
    assert steps
    assert names(tmp_path / "a") == ["cells"]


def test_an_empty_folder_is_used_and_size_and_template_are_obeyed(
    tmp_path: Path, images: Path
) -> None:
    target = tmp_path / "cells"
    target.mkdir()
    made = new_project(target, images, size=32, template="small_cnn", group_by="prefix")
    assert (made.data.size, made.data.group_by) == (32, "prefix")
    assert load(target).project.model == made.model
    assert made.model != new_project(tmp_path / "other", images).model


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_project_starts_from_any_template(tmp_path: Path, images: Path, template: str) -> None:
    made = new_project(tmp_path / "cells", images, template=template)
    assert made.model == TEMPLATES[template].build(made.frame())
    assert load(tmp_path / "cells").project.model == made.model
    assert analyse(made.model, made.frame()).ok


def test_an_unknown_template_is_answered_with_those_there_are(tmp_path: Path, images: Path) -> None:
    for wrong, told in (("resnet51", "resnet50"), ("qqq", ", ".join(sorted(TEMPLATES)))):
        with pytest.raises(FoveaError) as caught:
            new_project(tmp_path / "cells", images, template=wrong)
        assert caught.value.code == "FV-U002"
        assert told in caught.value.fix


def test_a_folder_that_cannot_take_a_project_is_left_alone(tmp_path: Path, images: Path) -> None:
    full, file = tmp_path / "full", tmp_path / "file"
    full.mkdir()
    (full / "letter.txt").write_text("dear")
    file.write_text("x")
    for target in (full, file, images, images / "project", full / ".." / "images" / "p"):
        with pytest.raises(FoveaError) as caught:
            new_project(target, images)
        assert caught.value.code == "FV-P020"
    assert names(tmp_path) == ["file", "full", "images"]
    assert names(images) == ["dark", "light"]
    assert names(full) == ["letter.txt"]


@pytest.mark.parametrize(
    "wrong", [{"template": "vgg99"}, {"size": 3}, {"group_by": "moon"}, {"source": "nowhere"}]
)
def test_wrong_arguments_leave_nothing_behind(
    tmp_path: Path, images: Path, wrong: dict[str, object]
) -> None:
    source = tmp_path / str(wrong.pop("source", "images"))
    with pytest.raises(FoveaError):
        new_project(tmp_path / "deep" / "cells", source, **wrong)  # type: ignore[arg-type]
    assert names(tmp_path) == ["images"]


def test_a_wrong_size_is_refused_before_the_images_are_read(tmp_path: Path, images: Path) -> None:
    read: list[int] = []
    with pytest.raises(FoveaError) as caught:
        new_project(tmp_path / "p", images, size=3, progress=lambda *news: read.append(1))
    assert caught.value.code == "FV-H001"
    assert read == []


def test_cancelling_and_breaking_leave_nothing_behind(
    tmp_path: Path, images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancel(done: int, total: int, text: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        new_project(tmp_path / "deep" / "cells", images, progress=cancel)
    assert names(tmp_path) == ["images"]

    def broken(folder: Path, project: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "create", broken)
    with pytest.raises(FoveaError) as caught:
        new_project(tmp_path / "deep" / "cells", images)
    assert caught.value.code == "FV-O001"
    assert names(tmp_path) == ["images"]


def test_grey_images_start_without_flips(tmp_path: Path) -> None:
    for name in ("b", "d"):
        folder = tmp_path / "letters" / name
        folder.mkdir(parents=True)
        for number in range(6):
            pixels = np.full((20, 20), 20 * number + (name == "d"), np.uint8)
            Image.fromarray(pixels).save(folder / f"{number}.png")
    made = new_project(tmp_path / "project", tmp_path / "letters")
    assert made.data.channels == "grey"
    assert "flip" not in {card.transform.kind for card in made.augment.cards}
