"""Class folders as people really leave them."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from engine.data.scan import scan
from engine.data.sources.folders import list_folders
from engine.data.sources.listing import Listing
from engine.errors import FoveaError
from tests.engine.data.pictures import class_folders, encoded, noise

posix = pytest.mark.skipif(os.name == "nt", reason="links, pipes and odd bytes are POSIX matters")


def listed(root: Path) -> Listing:
    return list_folders(root, lambda *_: None)


def found(listing: Listing) -> dict[str, tuple[str, ...]]:
    return {finding.kind: finding.images for finding in listing.findings}


def test_classes_in_natural_order_with_files_at_any_depth(tmp_path: Path) -> None:
    class_folders(tmp_path, {"10": 1, "2": 1, "2/deep/er": 1})
    listing = listed(tmp_path)
    assert listing.classes == ("2", "10")
    assert [entry.path for entry in listing.entries] == [
        "2/2_000.png",
        "2/deep/er/2_deep_er_000.png",
        "10/10_000.png",
    ]


def test_a_wrapper_folder_is_entered(tmp_path: Path) -> None:
    class_folders(tmp_path / "set" / "images", {"a": 1, "b": 1})
    (tmp_path / "set" / "readme.txt").write_text("about")
    listing = listed(tmp_path)
    assert listing.classes == ("a", "b")
    assert listing.entries[0].path == "set/images/a/a_000.png"


def test_split_folders_of_any_case_are_splits(tmp_path: Path) -> None:
    class_folders(tmp_path, {"Train/a": 2, "Train/b": 2, "VALIDATION/a": 1, "test/b": 1})
    listing = listed(tmp_path)
    assert listing.classes == ("a", "b")
    assert sorted(entry.split for entry in listing.entries) == ["test"] + ["train"] * 4 + ["val"]


def test_a_class_may_be_named_test(tmp_path: Path) -> None:
    class_folders(tmp_path, {"test": 1, "control": 1})
    assert listed(tmp_path).classes == ("control", "test")


@pytest.mark.parametrize(("one", "two"), [("Cat", "cat"), ("caf\u00e9", "cafe\u0301")])
def test_colliding_names_are_refused_before_anything_is_written(
    tmp_path: Path, one: str, two: str
) -> None:
    source, project = tmp_path / "s", tmp_path / "p"
    class_folders(source / "train", {one: 1})
    class_folders(source / "test", {two: 1})  # in two folders, so that any file system can hold it
    with pytest.raises(FoveaError) as caught:
        scan(source, project)
    assert caught.value.code == "FV-D007"
    assert one in caught.value.what
    assert not project.exists()


def test_system_files_texts_and_loose_images_are_counted(tmp_path: Path) -> None:
    class_folders(tmp_path, {"a": 1, "b": 1, ".hidden": 3})
    (tmp_path / "a" / "Thumbs.db").write_bytes(b"x")
    (tmp_path / "a" / "._a_000.png").write_bytes(b"x")
    (tmp_path / "b" / "notes.txt").write_text("x")
    (tmp_path / "loose.png").write_bytes(encoded(noise(1, 8, 8)))
    listing = listed(tmp_path)
    assert len(listing.entries) == 2
    assert found(listing)["other"] == ("b/notes.txt",)
    assert found(listing)["loose"] == ("loose.png",)
    assert set(found(listing)["hidden"]) == {".hidden", "a/._a_000.png", "a/Thumbs.db"}


@posix
def test_links_pipes_and_sockets_never_hang_and_are_named(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = class_folders(tmp_path_factory.mktemp("outside"), {"x": 1})
    class_folders(tmp_path, {"a": 1, "b": 1})
    a = tmp_path / "a"
    (a / "circle").symlink_to(tmp_path / "a")
    (a / "away").symlink_to(outside)
    (a / "away.png").symlink_to(outside / "x" / "x_000.png")
    (a / "nowhere.png").symlink_to(tmp_path / "gone.png")
    (a / "inside.png").symlink_to(tmp_path / "b" / "b_000.png")
    os.mkfifo(a / "pipe.png")
    monkeypatch.chdir(a)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.png")
        listing = listed(tmp_path)
    kinds = found(listing)
    assert sorted(entry.path for entry in listing.entries) == [
        "a/a_000.png",
        "a/inside.png",
        "b/b_000.png",
    ]
    assert kinds["loop"] == ("a/circle",)
    assert set(kinds["outside"]) == {"a/away", "a/away.png"}
    assert kinds["dangling"] == ("a/nowhere.png",)
    assert set(kinds["special"]) == {"a/pipe.png", "a/socket.png"}


@posix
@pytest.mark.skipif(sys.platform == "darwin", reason="macOS refuses names that are not UTF-8")
def test_odd_names_survive_a_scan(tmp_path: Path) -> None:
    names = ["Größe 細胞 🧫.png", "-rf.png", "100%n.png", "two\nlines.png", "odd\udcff.png"]
    class_folders(tmp_path / "s", {"a": 1, "b\udcfe": 1})
    for k, name in enumerate(names):
        (tmp_path / "s" / "a" / name).write_bytes(encoded(noise(k, 8, 8)))
    result = scan(tmp_path / "s", tmp_path / "p")
    assert {f"a/{name}" for name in names} < {item.path for item in result.manifest.items}
    assert result.spec.classes == ("a", "b\\xfe")


def test_no_class_folders_is_explained(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(encoded(noise(1, 8, 8)))
    with pytest.raises(FoveaError) as caught:
        listed(tmp_path)
    assert caught.value.code == "FV-D002"
