"""Diagnostics hold what helps, and no name that was planted anywhere."""

from __future__ import annotations

import json
import shutil
import socket
import zipfile
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from engine.cli.main import main
from engine.data.scan import scan
from engine.diagnostics import saving
from engine.diagnostics.saving import save_diagnostics
from engine.files.own_places import LOG_FILE
from engine.graph.edits import rename
from engine.project import store
from engine.project.new import new_project

PERSON, HOST, PLACE = "xaverine", "zwergnase-pc", "quastenflosser"
CLASSES = ("Morbus Blafasel", "loss")  # the second is a word of the program, too
FILES = ("Schnurrdibum_0815.png", "4711-Wolpertinger.png")
PROJECT, NODE, OTHER = "Geheimsache", "kronjuwel", "Nachbarprojekt"
NAMES = [PERSON, HOST, PLACE, "Blafasel", "Schnurrdibum", "Wolpertinger", "0815", "4711"]
NAMES += [PROJECT, NODE, OTHER, "Nachbarin", "tannhauser"]


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's home with a project, settings and logs in which names are everywhere."""
    home = tmp_path / PERSON
    images = home / PLACE / "images"
    for number, name in enumerate(CLASSES):
        (images / name).mkdir(parents=True)
        for copy in range(6):
            noise = np.random.default_rng(10 * number + copy).integers(0, 255, (16, 16))
            Image.fromarray(noise.astype(np.uint8)).save(images / name / f"{copy}{FILES[number]}")
    folder = home / PLACE / PROJECT
    project = new_project(folder, images)
    scan(images, folder, group_by="prefix")
    first = project.model.nodes[1].id
    project = project.with_(model=rename(project.model, first, NODE))
    store.save(folder, project, expect_digest=store.load(folder).digest)
    other = home / OTHER
    shutil.copytree(folder, other)
    renamed = project.data.with_(classes=("tannhauser", "b"))
    store.save(other, project.with_(data=renamed), expect_digest=store.load(other).digest)
    (home / "settings.ini").write_text(
        f'[General]\ntheme=dark\nrecent="{folder}", {other}\nuser={PERSON}\nplots=loss, accuracy\n'
    )
    logs = home / "logs"
    logs.mkdir()
    text = f"""\
2026-11-28 04:00:01,123 ERROR fovea: uncaught
Traceback (most recent call last):
  File "{home}/gui/window.py", line 12, in go
    page = self._page({NODE})
  File "{home}/{PLACE}/own.py", line 3, in {PERSON}
KeyError: '{CLASSES[0]}'
2026-11-28 04:00:02,000 WARNING gui.watchdog: the window stood still for 2.53 s
2026-11-28 04:00:03,000 WARNING qt: cannot open {home}/{PLACE}/{FILES[0]} on {HOST}
2026-11-28 04:00:04,000 WARNING fovea: the class {CLASSES[0]} of Nachbarin has loss 0.3 tannhauser
FileNotFoundError: [Errno 2] No such file or directory: {images}/{CLASSES[0]}/0{FILES[0]}
2026-11-28 04:00:05,000 ERROR fovea: The images cannot be found. [FV-D001]
"""
    for name in (LOG_FILE, f"{LOG_FILE}.1", "crash.txt", "stuck.txt"):
        (logs / name).write_text(text, "utf-8")
    monkeypatch.setenv("HOME", str(home))
    for name in ("USER", "LOGNAME", "USERNAME", "LNAME"):
        monkeypatch.setenv(name, PERSON)
    monkeypatch.setenv("FOVEA_SETTINGS", str(home / "settings.ini"))
    monkeypatch.setattr(socket, "gethostname", lambda: HOST)
    monkeypatch.setattr("engine.diagnostics.saving.log_folder", lambda: logs)
    return folder


def members(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist()}


def test_no_planted_name_is_in_it_and_what_helps_is(planted: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.zip"
    command = ["doctor", "--save", str(target), "--project", str(planted)]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    parts = members(target)
    for part, text in parts.items():
        found = [name for name in NAMES if name.casefold() in f"{part} {text}".casefold()]
        assert found == [], part
    assert json.loads(parts["settings.json"])["settings"] == {
        "theme": "dark",
        "plots": "loss, accuracy",
    }
    assert json.loads(parts["about.json"])["packages"]["torch"]
    assert json.loads(parts["computer.json"])["cores"] >= 1
    shape = json.loads(parts["project.json"])
    assert (shape["images"]["count"], shape["images"]["of each class"]) == (12, [6, 6])
    assert shape["model"]["conv2d"] >= 1
    assert shape["training"]["epochs"] >= 1
    for log in ("fovea.log", "fovea.log.1", "crash.txt", "stuck.txt"):
        text = parts[f"logs/{log}"]
        assert 'File "gui/window.py", line 12, in go' in text
        assert "the window stood still for 2.53 s" in text
        assert "No such file or directory" in text
        assert "[FV-D001]" in text


def test_what_is_not_there_or_damaged_is_told(tmp_path: Path) -> None:
    (tmp_path / "project.fovea").write_bytes(b"{")
    save_diagnostics(
        tmp_path / "a.zip", project=tmp_path, logs=tmp_path / "no", settings=tmp_path / "no.ini"
    )
    parts = members(tmp_path / "a.zip")
    assert json.loads(parts["project.json"]) == {"open": True, "unreadable": "FV-P001"}
    assert json.loads(parts["settings.json"])["found"] is False
    save_diagnostics(tmp_path / "b.zip", logs=tmp_path, settings=tmp_path / "no.ini")
    assert json.loads(members(tmp_path / "b.zip")["project.json"]) == {"open": False}


def test_a_packages_name_that_the_program_does_not_need_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "nachbarins_lab-1.0.dist-info"
    made.mkdir()
    (made / "METADATA").write_text("Metadata-Version: 2.1\nName: nachbarins-lab\nVersion: 1.0\n")
    (made / "top_level.txt").write_text("nachbarins_lab\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "nachbarins-lab" in {found.metadata["Name"] for found in metadata.distributions()}
    packages = saving._packages()
    assert "nachbarins-lab" not in packages
    assert {"torch", "numpy", "optuna", "pyside6-essentials", "sympy"} <= set(packages)


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("6.8.0-45-generic", "6.8.0-45 generic"),
        ("5.15.153.1-microsoft-standard-WSL2", "5.15.153.1 microsoft"),
        ("6.1.0-annas-kernel", "6.1.0"),
        ("10", "10"),
        ("annas", ""),
    ],
)
def test_of_the_kernel_the_numbers_stay(told: str, shown: str) -> None:
    assert saving._release(told) == shown


def test_only_the_programs_own_logs_are_taken(tmp_path: Path) -> None:
    for name in ("fovea.log", "fovea.log.1", "fovea.log of Anna", "fovea.log.Anna", "stuck.txt"):
        (tmp_path / name).write_text("uncaught\n")
    assert [name for name, _ in saving._logs(tmp_path)] == [
        "fovea.log",
        "fovea.log.1",
        "stuck.txt",
    ]
