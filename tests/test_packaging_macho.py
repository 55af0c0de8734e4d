"""Mach-O files: what they say, what the build changes in them, whether they load on a Mac."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest

from common.commands import BuildError
from macos import edit, loader, macho, recipe, symbols
from macos.macho import Needed
from tests.support import mach_o

links = pytest.mark.skipif(sys.platform == "win32", reason="no links there")
SYSTEM = "/usr/lib/libSystem.B.dylib"
THEIRS = "/opt/of/the/builder/lib"


def test_a_thin_file_tells_what_it_needs(tmp_path: Path) -> None:
    content = mach_o.part(
        [SYSTEM, "@rpath/libc10.dylib"],
        weak=["/System/Library/Frameworks/Metal.framework/Metal"],
        rpaths=["@loader_path/../lib", THEIRS],
        name="@rpath/libtorch.dylib",
        macos=(14, 2),
    )
    (facts,) = macho.read(mach_o.lay(tmp_path / "libtorch.dylib", content))
    assert facts == macho.MachO(
        architecture="arm64",
        needed=(
            Needed(SYSTEM, False),
            Needed("@rpath/libc10.dylib", False),
            Needed("/System/Library/Frameworks/Metal.framework/Metal", True),
        ),
        rpaths=("@loader_path/../lib", THEIRS),
        install_name="@rpath/libtorch.dylib",
        macos=(14, 2),
        signed=True,
    )


@pytest.mark.parametrize("wide", [False, True])
def test_a_fat_file_tells_of_each_part(tmp_path: Path, wide: bool) -> None:
    intel = mach_o.part([SYSTEM], cpu=mach_o.X86_64, macos=(10, 9), signed=False)
    path = mach_o.lay(tmp_path / "QtCore", mach_o.fat(intel, mach_o.part(), wide=wide))
    found = [(f.architecture, f.macos, f.signed) for f in macho.read(path)]
    assert found == [("x86_64", (10, 9), False), ("arm64", (14, 0), True)]


def test_the_oldest_macos_is_read_as_old_and_new_linkers_write_it(tmp_path: Path) -> None:
    older = mach_o.part(macos=None, before=[mach_o.oldest((11, 3))])
    catalyst = mach_o.built_for(mach_o.CATALYST, (17, 0))
    both = mach_o.part(macos=(13, 0), before=[catalyst])
    (old,) = macho.read(mach_o.lay(tmp_path / "old", older))
    (new,) = macho.read(mach_o.lay(tmp_path / "new", both))
    (neither,) = macho.read(mach_o.lay(tmp_path / "neither", mach_o.part(macos=None)))
    assert (old.macos, new.macos, neither.macos) == ((11, 3), (13, 0), (0, 0))


@pytest.mark.parametrize(
    "content",
    [b"", b"#!/bin/sh\necho\n", b"\x7fELF" + bytes(60), b"\xca\xfe\xba\xbe\0\0\0\x41" + bytes(60)],
    ids=["empty", "script", "ELF", "Java"],
)
def test_other_files_are_none(tmp_path: Path, content: bytes) -> None:
    assert macho.read(mach_o.lay(tmp_path / "file", content)) == []


def test_damaged_files_are_named(tmp_path: Path) -> None:
    whole = mach_o.part([SYSTEM])
    long = bytearray(whole)
    long[36:40] = struct.pack("<I", 1 << 30)
    for content in (whole[:40], bytes(long), mach_o.fat(whole)[:-20], mach_o.fat(b"!<arch>\n" * 9)):
        with pytest.raises(macho.MachOError, match=r"^libbad\.dylib: "):
            macho.read(mach_o.lay(tmp_path / "libbad.dylib", content))


# ------------------------------------------------------------------------------- changes


def test_thinning_takes_the_part_as_it_is() -> None:
    ours = mach_o.part([SYSTEM], name="@rpath/Python")
    intel = mach_o.part(cpu=mach_o.X86_64)
    assert edit.thin(mach_o.fat(intel, ours)) == edit.thin(mach_o.fat(ours, intel)) == ours
    assert edit.thin(ours) == ours
    with pytest.raises(BuildError, match="no part for arm64"):
        edit.thin(intel)


def test_renaming_changes_the_names_and_nothing_else(tmp_path: Path) -> None:
    def shorter(name: str) -> str:
        return name.replace("/Library/Frameworks/P", "@rpath")

    before = mach_o.part(["/Library/Frameworks/P/Python", SYSTEM], name="/Library/Frameworks/P/a")
    after = edit.rename(before, shorter)
    (facts,) = macho.read(mach_o.lay(tmp_path / "a", after))
    assert [n.name for n in facts.needed] == ["@rpath/Python", SYSTEM]
    assert facts.install_name == "@rpath/a"
    assert len(after) == len(before)
    assert edit.rename(before, lambda name: name) == before
    with pytest.raises(BuildError, match="does not fit"):
        edit.rename(before, lambda name: name + "/longer than before")


# ------------------------------------------------------------------------------ the loader


class Tree:
    """A bundle's folder with one library that others ask for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.site = root / "Resources/site"
        self.add("torch/lib/libc10.dylib", mach_o.part([SYSTEM], name="@rpath/libc10.dylib"))

    def add(self, name: str, content: bytes) -> Path:
        """A file in site-packages."""
        return mach_o.lay(self.site / name, content)

    def check(self) -> loader.Found:
        """What the build asks of the tree."""
        return loader.check(self.root, self.site, self.root / "MacOS/python3.11")


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "Contents")


@pytest.mark.parametrize(
    ("needed", "rpaths"),
    [
        ("@loader_path/lib/libc10.dylib", []),
        ("@executable_path/../Resources/site/torch/lib/libc10.dylib", []),
        ("@rpath/libc10.dylib", ["@loader_path/none", "@loader_path/lib"]),
        ("@rpath/libc10.dylib", ["@executable_path/../Resources/site/torch/lib", THEIRS]),
        ("/System/Library/Frameworks/AppKit.framework/AppKit", []),
    ],
)
def test_what_the_loader_finds_in_the_tree_or_the_system(
    tree: Tree, needed: str, rpaths: list[str]
) -> None:
    tree.add("torch/_C.so", mach_o.part([needed], rpaths=rpaths))
    assert {path.name for path in tree.check()} == {"libc10.dylib", "_C.so"}


@pytest.mark.parametrize(
    ("needed", "rpaths", "told"),
    [
        ("@rpath/libnew.dylib", ["@loader_path/lib"], "needs @rpath/libnew.dylib"),
        ("@rpath/libc10.dylib", [], "needs @rpath/libc10.dylib"),
        ("@loader_path/libc10.dylib", [], "needs @loader_path/libc10.dylib"),
        ("/opt/homebrew/lib/libiodbc.2.dylib", [], "looks for it in /opt/homebrew/lib"),
        ("@rpath/libc10.dylib", [THEIRS, "@loader_path/lib"], f"looks for it in {THEIRS}"),
        ("/System/Library/PrivateFrameworks/A.framework/A", [], "PrivateFrameworks"),
    ],
)
def test_what_nobody_brings_stops_the_build(
    tree: Tree, needed: str, rpaths: list[str], told: str
) -> None:
    tree.add("torch/_C.so", mach_o.part([needed], rpaths=rpaths))
    with pytest.raises(BuildError, match=r"Resources/site/torch/_C\.so needs") as raised:
        tree.check()
    assert told in str(raised.value)


def test_what_may_lack_may_lack(tree: Tree) -> None:
    tree.add("torch/_C.so", mach_o.part(weak=["@rpath/libnew.dylib"]))
    assert len(tree.check()) == 2


@links
def test_a_link_leads_to_the_library(tree: Tree) -> None:
    tree.add("sklearn/_k.so", mach_o.part(["@loader_path/.dylibs/libc10.dylib"]))
    link = tree.site / "sklearn/.dylibs/libc10.dylib"
    link.parent.mkdir()
    link.symlink_to("../../torch/lib/libc10.dylib")
    assert len(tree.check()) == 2


def test_only_who_is_named_may_rely_on_what_was_loaded_before(tree: Tree) -> None:
    asking = mach_o.part(["@rpath/libc10.dylib"], rpaths=[THEIRS])
    tree.add("torchvision/_C.so", asking)
    assert len(tree.check()) == 2
    tree.add("torchvision/image.so", mach_o.part(["@rpath/libjpeg.dylib"]))
    tree.add("other/_C.so", asking)
    with pytest.raises(BuildError) as raised:
        tree.check()
    assert [line.split(" needs ")[0] for line in str(raised.value).splitlines()[1:]] == [
        "Resources/site/other/_C.so",
        "Resources/site/torchvision/image.so",
    ]


def test_a_newer_macos_than_promised_stops_the_build(tree: Tree) -> None:
    tree.add("torch/_C.so", mach_o.part(macos=recipe.FLOOR))
    assert loader.newest_macos(tree.check().values()) == recipe.FLOOR
    tree.add("torch/_D.so", mach_o.part(macos=(recipe.FLOOR[0] + 1, 0)))
    with pytest.raises(BuildError, match=rf"_D\.so needs macOS {recipe.FLOOR[0] + 1}\.0"):
        tree.check()


def test_a_file_for_intel_or_without_signature_stops_the_build(tree: Tree) -> None:
    tree.add("torch/_C.so", mach_o.part(signed=False))
    with pytest.raises(BuildError, match=r"_C\.so has no signature"):
        tree.check()
    tree.add("torch/_C.so", mach_o.part(cpu=mach_o.X86_64))
    with pytest.raises(BuildError, match=r"_C\.so has no part for arm64"):
        tree.check()


# ------------------------------------------------------------------------------ symbols


@links
def test_symbols_between_libraries_are_compared(tree: Tree) -> None:
    name = "@rpath/libomp.dylib"
    offering = mach_o.part(name=name, offers=["_omp_get_max_threads", "_omp_set_lock"])
    tree.add("torch/lib/libomp.dylib", mach_o.fat(mach_o.part(cpu=mach_o.X86_64), offering))
    needed = [SYSTEM, "@loader_path/.dylibs/libomp.dylib"]
    asks = [("_malloc", 1), ("_omp_set_lock", 2), ("_PyList_New", 254), ("_of_anybody", 0)]
    asking = mach_o.part(needed, asks=asks, offers=["_PyInit__k"])
    path = tree.add("sklearn/_k.so", asking)
    link = tree.site / "sklearn/.dylibs/libomp.dylib"
    link.parent.mkdir()
    link.symlink_to("../../torch/lib/libomp.dylib")
    program = tree.root / "MacOS/python3.11"
    assert symbols.asked(path) == {needed[0]: {"_malloc"}, needed[1]: {"_omp_set_lock"}}
    assert symbols.offered(path) == {"_PyInit__k"}
    assert symbols.check(tree.check(), program) == 1
    tree.add("sklearn/_k.so", mach_o.part(needed, asks=[("_omp_display_env", 2)]))
    with pytest.raises(BuildError, match=r"_k\.so asks libomp\.dylib for _omp_display_env"):
        symbols.check(tree.check(), program)
