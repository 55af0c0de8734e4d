"""Third-party notices: no part without its licence and its text, and nothing that binds Fovea."""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path

import pytest

from common import licences, wheels
from common.commands import BuildError, lay
from linux import notices, recipe

ROOT = Path(__file__).resolve().parent.parent
MIT = "Permission is hereby granted, free of charge"


@pytest.fixture
def common(tmp_path: Path) -> Path:
    """A Debian, unpacked, with its common licences."""
    folder = tmp_path / "debian/usr/share/common-licenses"
    for name in ("LGPL-3", "GPL-3", "MPL-2.0"):
        lay(folder / name, f"The text of {name}")
    return folder


def distribution(site: Path, name: str, metadata: str, *texts: str) -> Path:
    """A distribution's ``.dist-info`` in ``site``, with licence files of these names."""
    info = site / f"{name}-1.0.dist-info"
    lay(info / "METADATA", f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{metadata}\n\n")
    paths = [f"{info.name}/licenses/{text}" for text in texts]
    for path in paths:
        lay(site / path, MIT)
    lay(info / "RECORD", "".join(f"{path},,\n" for path in paths))
    return info


def test_the_pinned_packages_have_no_gap() -> None:
    gaps = []
    for pin in wheels.pins(ROOT / "packaging/requirements.txt", "linux"):
        if pin.name in recipe.DISTRIBUTIONS_LEFT_OUT or pin.name.startswith(("nvidia-", "cuda-")):
            continue
        installed = importlib.metadata.distribution(pin.name)
        gaps += licences.problems(licences.of_distribution(Path(str(installed._path))))
    assert gaps == []


def test_a_whole_part_passes(tmp_path: Path) -> None:
    distribution(tmp_path / "site", "good", "License-Expression: MIT", "LICENSE.txt")
    notice = licences.collect(tmp_path / "site", [], {})[0]
    assert (notice.name, notice.version, notice.licence) == ("good", "1.0", "MIT")
    assert MIT in licences.notices_text([notice])


@pytest.mark.parametrize(
    ("metadata", "texts", "gap"),
    [
        ("License-Expression: MIT", (), "no licence text"),
        ("Summary: nothing said", ("LICENSE",), "no licence is named"),
        ("License-Expression: GPL-3.0-only", ("LICENSE",), "may not be shipped"),
        ("License-Expression: AGPL-3.0-or-later", ("COPYING",), "may not be shipped"),
        ("License-Expression: GPL-3.0-only AND MPL-2.0", ("COPYING",), "may not be shipped"),
        ("License-Expression: MIT AND (MIT OR GPL-2.0)", ("COPYING",), "may not be shipped"),
        ("License: GNU General Public License v3", ("COPYING",), "may not be shipped"),
        ("License: GNU Affero General Public License v3", ("COPYING",), "may not be shipped"),
    ],
)
def test_a_planted_gap_stops_the_build(
    tmp_path: Path, metadata: str, texts: tuple[str, ...], gap: str
) -> None:
    distribution(tmp_path / "site", "planted", metadata, *texts)
    with pytest.raises(BuildError, match=f"planted 1.0: .*{gap}"):
        licences.collect(tmp_path / "site", [], {})


def test_the_lgpl_gets_its_texts(tmp_path: Path) -> None:
    info = distribution(tmp_path, "pyside6-essentials", "License: LGPL-3.0-only OR GPL-3.0-only")
    notice = licences.of_distribution(info)
    assert [title for title, _ in notice.texts] == ["LGPL-3", "GPL-3", "Qt-parts"]
    assert "src/3rdparty/harfbuzz-ng" in notice.texts[-1][1]
    assert licences.problems(notice) == []


def test_a_debian_package_brings_the_texts_it_refers_to(tmp_path: Path, common: Path) -> None:
    text = "On Debian, see /usr/share/common-licenses/GPL-3 and common-licenses/Artistic."
    lay(tmp_path / "debian/usr/share/doc/libssl3/copyright", text)
    notice = notices.of_debian(tmp_path / "debian", "libssl3", "3.0")
    assert licences.problems(notice) == ["libssl3: the text Artistic is missing"]
    lay(common / "Artistic", "The Artistic License")
    whole = notices.of_debian(tmp_path / "debian", "libssl3", "3.0")
    assert licences.problems(whole) == []
    unknown = notices.of_debian(tmp_path / "debian", "libnobody1", "1")
    assert any("no licence text" in line for line in licences.problems(unknown))


def test_a_bundled_library_must_be_known(tmp_path: Path) -> None:
    lay(tmp_path / "pillow.libs/libjpeg-6dc8d115.so.62.4.0", "")
    assert licences.unknown_bundles(tmp_path, recipe.BUNDLED) == []
    lay(tmp_path / "pillow.libs/libnew-0123.so.1", "")
    lay(tmp_path / "torchvision.libs/libz.def23b81.so.1", "")
    unknown, textless = licences.unknown_bundles(tmp_path, recipe.BUNDLED)
    assert unknown == "pillow.libs/libnew-0123.so.1: no text is known to cover it"
    assert textless.endswith("its text imagecodecs/licenses/LICENSE-zlib is missing")


@pytest.mark.skipif(sys.platform != "linux", reason="these wheels are Linux's")
def test_no_library_that_is_shipped_is_without_a_text() -> None:
    """Also outside of NAME.libs: PyTorch brings GCC's OpenMP, PySide6 brings ICU for Qt."""
    site = Path(str(importlib.metadata.distribution("torch")._path)).parent
    pinned = {pin.name for pin in wheels.pins(ROOT / "packaging/requirements.txt", "linux")}
    brings = importlib.metadata.packages_distributions()
    shipped = {
        folder
        for folder, names in brings.items()
        if pinned.difference(recipe.DISTRIBUTIONS_LEFT_OUT)
        & {n.lower().replace("_", "-") for n in names}
    }
    assert {"torch", "PySide6", "shiboken6"} <= shipped
    gaps = [gap.split(": ")[0] for gap in licences.unknown_bundles(site, recipe.BUNDLED)]
    kept = [name for name in gaps if not recipe.FILES_LEFT_OUT.search(name)]
    kept = [name for name in kept if not name.startswith("PySide6/Qt/qml/")]
    assert [name for name in kept if name.split("/")[0].split(".")[0] in shipped] == []
    (icu,) = notices.of_icu(site)
    assert licences.problems(icu) == []
    assert icu.version.isdigit()


def test_a_library_outside_of_bundles_must_be_known(tmp_path: Path) -> None:
    for name in ("libtorch_cpu.so", "libc10.so", "libgomp.so.1"):
        lay(tmp_path / "torch/lib" / name, "")
    lay(tmp_path / "numpy-2.0.dist-info/licenses/LICENSE.txt", "with GCC's exception")
    assert licences.unknown_bundles(tmp_path, recipe.BUNDLED) == []
    lay(tmp_path / "torch/lib/libuv.so.1", "")
    lay(tmp_path / "numpy/libother.so", "")
    assert licences.unknown_bundles(tmp_path, recipe.BUNDLED) == [
        "numpy/libother.so: no text is known to cover it",
        "torch/lib/libuv.so.1: no text is known to cover it",
    ]


def test_a_text_that_parts_share_is_printed_once() -> None:
    shared = (("LICENSE", MIT),)
    parts = [licences.Notice(name, "1", "MIT", shared) for name in ("one", "two")]
    text = licences.notices_text(parts)
    assert text.count(MIT) == 1
    assert "The same text as LICENSE of one" in text


@pytest.mark.parametrize(
    "licence",
    [
        "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only",
        "BSD-3-Clause AND GPL-3.0-or-later WITH GCC-exception-3.1",
        "GNU Library or Lesser General Public License (LGPL)",
        "MPL-2.0 AND MIT",
    ],
)
def test_a_choice_or_an_exception_does_not_bind(licence: str) -> None:
    assert licences.problems(licences.Notice("one", "1", licence, (("LICENSE", MIT),))) == []
