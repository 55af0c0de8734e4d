"""The subcommands of augment, from the shell's side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from engine.augment.pipeline import Pipeline
from engine.augment.presets import PRESETS
from engine.augment.safety import QUESTIONS
from engine.augment.text import to_text
from engine.cli.augment import augment
from engine.cli.main import main
from engine.data.manifest import load_manifest
from engine.data.split import TRAIN, split
from engine.project.lock import acquire
from engine.project.new import new_project
from engine.project.store import PROJECT_FILE, load
from engine.transforms.base import TRANSFORMS, ImageFacts
from tests.engine.data.pictures import class_folders


def run(*arguments: object, text: str | None = None) -> Result:
    words = ["augment", *(str(argument) for argument in arguments)]
    return CliRunner().invoke(main, words, input=text)


def done(*arguments: object, text: str | None = None) -> Any:
    """The one line of JSON that a command prints."""
    result = run(*arguments, "--json", text=text)
    assert result.exit_code == 0, result.stderr
    [line] = result.stdout.splitlines()
    return json.loads(line)


def failed(*arguments: object, text: str | None = None) -> str:
    result = run(*arguments, text=text)
    assert result.exit_code == 1, result.output
    return result.stderr


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("images")
    class_folders(place, {"round": 12, "square": 12})
    return place


@pytest.fixture
def folder(tmp_path: Path, images: Path) -> Path:
    new_project(tmp_path / "cells", images, size=16)
    return tmp_path / "cells"


def pipeline(folder: Path) -> Pipeline:
    return load(folder).project.augment


@pytest.mark.parametrize("command", list(augment.commands))
def test_every_subcommand_has_help_with_an_example(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"Example: python -m engine augment {command}" in " ".join(result.output.split())


def test_the_catalogue_lists_every_transform_with_its_settings() -> None:
    result = run("catalogue", "--json")
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert {item["kind"] for item in found} == set(TRANSFORMS.kinds())
    [rotate] = [item for item in found if item["kind"] == "rotate"]
    assert rotate["settings"][0]["name"] == "degrees"
    told = " ".join(result.stderr.split())
    assert all(cls.summary in told for cls in TRANSFORMS)
    only = run("catalogue", "--family", "policy", "--json")
    families = {json.loads(line)["family"] for line in only.stdout.splitlines()}
    assert families == {"policy"}


def test_keras_names_are_listed() -> None:
    result = run("keras", "--json")
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert {"shear_range", "RandomFlip"} <= {item["name"] for item in found}
    assert "Degrees, not a fraction" in result.stderr


def test_what_show_prints_can_be_pasted(folder: Path, tmp_path: Path) -> None:
    before = pipeline(folder)
    shown = run("show", folder)
    assert shown.exit_code == 0
    assert shown.stdout == to_text(before)
    file = tmp_path / "pipeline.txt"
    file.write_text(shown.stdout, encoding="utf-8")
    assert done("preset", folder, "none")["augment"]["cards"] == []
    assert pipeline(folder) == Pipeline()
    assert done("paste", folder, file)["text"] == shown.stdout
    assert pipeline(folder) == before


def test_a_call_of_keras_is_pasted_with_its_notes(folder: Path) -> None:
    found = done("paste", folder, "-", text="ImageDataGenerator(rotation_range=20, rescale=1/255)")
    assert pipeline(folder).card("rotate").transform.values() == {"degrees": 20.0}
    assert found["notes"][0].startswith("rescale")


def test_an_unknown_question_is_told_the_known_ones(folder: Path) -> None:
    result = run("answer", folder, "handedness")
    assert result.exit_code == 2
    assert "mirror, upside_down" in result.stderr


def test_a_wrong_text_names_its_line_and_changes_nothing(folder: Path) -> None:
    before = (folder / PROJECT_FILE).read_bytes()
    told = failed("paste", folder, "-", text="Fovea augmentation 1\nrotate degres=20\n")
    assert "line 2, “degres=20”" in told
    assert "“degrees”" in told
    assert (folder / PROJECT_FILE).read_bytes() == before


def test_presets_fit_images_and_answers(folder: Path) -> None:
    for name in PRESETS:
        done("preset", folder, name)
        data = load(folder).project.data
        facts = ImageFacts(data.channel_count, data.size, data.size)
        assert pipeline(folder) == PRESETS[name].pipeline_for(facts)
    for question in ("mirror", "upside_down", "turn"):
        done("answer", folder, question, "no")
    told = run("preset", folder, "recommended")
    assert told.stderr.startswith("Microscopy: You said")
    done("answer", folder, "mirror", "yes")
    done("preset", folder, "recommended")
    assert "flip" not in [card.id for card in pipeline(folder).cards]
    assert "Did you mean “standard”" in failed("preset", folder, "standart")


def test_answers_are_kept_listed_and_taken_back(folder: Path) -> None:
    done("preset", folder, "standard")
    found = done("answer", folder, "size", "yes")
    assert found["answers"] == {"size": True}
    assert load(folder).project.answers == {"size": True}
    listed = run("answer", folder, "--json")
    rows = {row["question"]: row for row in map(json.loads, listed.stdout.splitlines())}
    assert list(rows) == list(QUESTIONS)
    assert (rows["size"]["answer"], rows["mirror"]["answer"]) == (True, None)
    assert done("answer", folder, "size", "unknown")["answers"] == {}
    assert "“mirror”" in failed("answer", folder, "mirrow", "yes")
    assert run("answer", folder, "mirror").exit_code == 2
    assert run("answer", folder, "mirror", "maybe").exit_code == 2


def test_a_card_against_an_answer_is_told(folder: Path) -> None:
    done("answer", folder, "mirror", "yes")
    done("preset", folder, "none")
    found = done("add", folder, "flip")
    [problem] = [item for item in found["problems"] if item["severity"] == "warning"]
    assert problem["where"] == "augment.flip"
    assert "warning: “Flip” can mirror images" in run("show", folder).stderr


def test_cards_are_added_set_and_removed(folder: Path) -> None:
    done("preset", folder, "none")
    done("add", folder, "rotate", "degrees=20", "probability=0.5")
    done("add", folder, "shift", "--index", 0)
    done("set", folder, "rotate.degrees=30", "augment.shift.on=false", "fill=wrap")
    found = pipeline(folder)
    assert [card.id for card in found.cards] == ["shift", "rotate"]
    assert found.card("rotate").probability == 0.5
    assert found.card("rotate").transform.values() == {"degrees": 30.0}
    assert (found.card("shift").on, found.fill) == (False, "wrap")
    done("remove", folder, "shift", "rotate")
    assert pipeline(folder).cards == ()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", "rotat"), "“rotate”"),
        (("add", "rotate", "degrees=900"), "degrees"),
        (("set", "nothing.degrees=3"), "FV-H003"),
        (("set", "fill=mirror"), "one of constant"),
        (("remove", "nothing"), "FV-H003"),
    ],
)
def test_what_cannot_be_done_is_told_and_changes_nothing(
    folder: Path, arguments: tuple[str, ...], told: str
) -> None:
    before = (folder / PROJECT_FILE).read_bytes()
    command, *rest = arguments
    assert told in failed(command, folder, *rest)
    assert (folder / PROJECT_FILE).read_bytes() == before


def test_wrong_usage_is_exit_code_2(folder: Path) -> None:
    assert run("set", folder, "fill").exit_code == 2
    assert run("paste", folder, folder / "nowhere.txt").exit_code == 2
    assert run("preview", folder, "out.jpg").exit_code == 2


def test_a_project_that_is_open_elsewhere_is_not_changed(folder: Path) -> None:
    before = (folder / PROJECT_FILE).read_bytes()
    with acquire(folder) as lock:
        assert lock.held
        told = failed("preset", folder, "strong")
    assert "FV-P019" in told
    assert (folder / PROJECT_FILE).read_bytes() == before
    done("preset", folder, "strong")
    assert not (folder / ".lock").exists()


def test_a_missing_project_is_told_and_nothing_is_made(tmp_path: Path) -> None:
    assert "FV-P003" in failed("preset", tmp_path / "nowhere", "light")
    assert list(tmp_path.iterdir()) == []


def test_the_preview_shows_exactly_what_training_sees(folder: Path, tmp_path: Path) -> None:
    from engine.augment.preview import variants
    from engine.data.dataset import open_dataset

    done("preset", folder, "standard")
    picture = tmp_path / "seen.png"
    found = done("preview", folder, picture, "--class", "square", "--count", "2", "--epoch", "3")
    assert [item["class"] for item in found["images"]] == ["square"] * 2
    project = load(folder).project
    data = open_dataset(project.data, load_manifest(folder, project.data.manifest), folder)
    row = list(data.paths).index(found["images"][0]["image"])
    seen = variants(
        project.augment,
        np.array(data.images[row]),
        row,
        seed=project.training.seed,
        epochs=range(2, 4),
        scale=data.scale,
    )
    sheet = np.asarray(Image.open(picture))
    cells = [sheet[4:100, 4 + 100 * place : 100 + 100 * place] for place in range(3)]
    wanted = [data.images[row] * np.float32(data.scale), *seen]
    for cell, image in zip(cells, wanted, strict=True):
        levels = (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8).transpose(1, 2, 0)
        assert np.array_equal(cell[::6, ::6], np.broadcast_to(levels, (16, 16, 3)))


def test_a_batch_is_shown_with_its_mixes(folder: Path, tmp_path: Path) -> None:
    done("preset", folder, "none")
    done("add", folder, "mixup", "alpha=1")
    done("preview", folder, tmp_path / "a.png", "--batch", "1")
    found = done("preview", folder, tmp_path / "b.png", "--batch", "1")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    project = load(folder).project
    codes = split(load_manifest(folder, project.data.manifest), project.data)
    names = {item["image"] for item in found["images"]}
    assert len(names) == len(found["images"]) == (codes == TRAIN).sum() < 32
    assert any(item["share"] < 1 for item in found["images"])
    assert all((item["other"] is None) == (item["share"] == 1) for item in found["images"])
    assert "There is no batch 9" in failed("preview", folder, tmp_path / "c.png", "--batch", "9")


def test_a_class_or_image_that_is_not_there_is_told(folder: Path, tmp_path: Path) -> None:
    picture = tmp_path / "x.png"
    assert "“round”" in failed("preview", folder, picture, "--class", "roud")
    assert "training images" in failed("preview", folder, picture, "--image", "99")
    assert not picture.exists()


@pytest.mark.parametrize("command", ["catalogue", "keras"])
def test_lists_for_people_fit_a_terminal_of_80_columns(command: str) -> None:
    lines = run(command).stderr.splitlines()
    assert len(lines) > 50
    assert max(len(line) for line in lines) < 80


def test_a_card_that_is_named_twice_is_removed_once(folder: Path) -> None:
    done("paste", folder, "-", text="Fovea augmentation 1\nrotate id=one\nrotate id=rotate\n")
    left = done("remove", folder, "rotate", "rotate")["augment"]["cards"]
    assert [card["id"] for card in left] == ["one"]


def test_an_epoch_beyond_all_counting_is_wrong_usage(folder: Path, tmp_path: Path) -> None:
    result = run("preview", folder, tmp_path / "seen.png", "--epoch", 10**30)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
