"""Names of every kind: stored exactly, shown harmlessly."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from engine.data.paths import (
    from_stored,
    resolve_source,
    same_name,
    shown,
    store_source,
    to_stored,
)

NAMES = [
    "plain.png",
    "Größe μm/細胞 🧫.png",
    "-rf.png",
    "100%n {0} $(x).png",
    "two\nlines\x1b[31m.png",
    "bytes:trick.png",
    "odd\udcff\udc80.png",
]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_survives_a_file(name: str) -> None:
    stored = to_stored(name)
    assert from_stored(json.loads(json.dumps(stored, ensure_ascii=False).encode())) == name


def test_what_is_shown_has_no_control_characters_and_can_be_encoded() -> None:
    text = shown("a\nb\x1b[31m\u202ec\udcff<b>é")
    assert text == "a\\x0ab\\x1b[31m\\u202ec\\xff<b>é"
    assert text.encode().decode() == text


def test_names_that_a_file_system_confuses_have_one_key() -> None:
    assert same_name("Cat") == same_name("cAT")
    assert same_name("caf\u00e9") == same_name("cafe\u0301")
    assert same_name("cat") != same_name("cats")


def test_sources_are_relative_while_they_are_near(tmp_path: Path) -> None:
    project = tmp_path / "lab" / "project"
    near = tmp_path / "lab" / "images"
    assert store_source(near, project) == "../images"
    assert resolve_source("../images", project) == near
    far = Path(os.path.abspath(os.sep)) / "elsewhere"
    assert resolve_source(store_source(far, project), project) == far
    assert ".." not in store_source(far, project)
