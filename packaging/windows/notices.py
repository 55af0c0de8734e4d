"""The notices of what is carried beside the distributions, and of every DLL that these bundle."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Iterable

from common.licences import Notice
from environment import ROOT
from windows.recipe import DLLS, SITE

_HERE = ROOT / "packaging" / "windows"
_PLAIN = {
    "texts/Intel-OpenMP.txt": ("intel-openmp", "Intel End User License Agreement"),
    "texts/NVIDIA-CUDA.txt": ("nvidia-cuda", "NVIDIA CUDA Toolkit End User License Agreement"),
    "texts/NVIDIA-cuDNN.txt": ("nvidia-cudnn", "NVIDIA cuDNN Supplement"),
}


def gaps(libraries: Iterable[Path], runtime: Path, known: dict[str, str] = DLLS) -> list[str]:
    """DLLs that no text covers, each a line; extension modules are their distributions' own."""
    found = []
    for path in sorted(libraries):
        name = path.relative_to(runtime).as_posix()
        if path.suffix.lower() == ".dll":
            text = _covering(name, known)
            if text is None:
                found.append(f"{name}: no text is known to cover it")
            elif not _is_there(text, runtime):
                found.append(f"{name}: its text {text} is missing")
    return found


def bundled(libraries: Iterable[Path], runtime: Path) -> list[Notice]:
    """The notices of the DLLs whose makers are not those of the distribution that bundles them."""
    used = {_covering(path.relative_to(runtime).as_posix(), DLLS) for path in libraries}
    found = []
    for text, (name, licence) in _PLAIN.items():
        if text in used:
            content = (_HERE / text).read_text(encoding="utf-8")
            found.append(Notice(name, "in torch", licence, ((Path(text).name, content),)))
    return found


def _covering(name: str, known: dict[str, str]) -> str | None:
    return next((text for pattern, text in known.items() if re.search(pattern, name)), None)


def _is_there(text: str, runtime: Path) -> bool:
    if text in ("", "CPython"):
        return True
    if text == "Microsoft":
        return any((runtime / SITE).glob("msvc_runtime-*.dist-info/licenses/LICENSE"))
    if text.startswith("texts/"):
        return (_HERE / text).is_file()
    return any((runtime / SITE).glob(text))
