"""The two Debian packages: ``fovea-runtime``, large and seldom new, and ``fovea``, small."""

from __future__ import annotations

import email.utils
import gzip
import hashlib
import shutil
from pathlib import Path

from common.commands import even_out, files, fresh, lay, run
from common.program import PROGRAMS
from common.release import Release
from environment import ROOT
from linux.desktop import lay_share, piece

HOME = "usr/lib/fovea"
# How hard zstd tries: for gigabytes 10 takes 2.4 times as long as 6 and saves 5 %.
_LARGE, _SMALL = 6, 19
_MAINTAINER = "Fovea contributors <fovea@localhost>"
_FIELDS = "Architecture: amd64\nSection: science\nPriority: optional\nMaintainer: " + _MAINTAINER


def runtime_package(
    runtime: Path, licences: Path, release: Release, depends: list[str], work: Path, out: Path
) -> Path:
    """Build ``fovea-runtime`` from the finished runtime; gives back the file.

    ``runtime`` is moved into the package's folder for as long as this takes.
    """
    root = fresh(work / "deb-runtime")
    home = root / HOME
    home.mkdir(parents=True)
    shutil.copytree(licences, home / "licences")
    _documents(root, "fovea-runtime", release)
    fields = {
        "Package": "fovea-runtime",
        "Version": release.version,
        "Depends": ", ".join(depends),
        "Description": "CPython, PyTorch and Qt for Fovea\n"
        " What Fovea runs on, in one folder that nothing else uses and that uses\n"
        " no Python of the system. It changes when Fovea's dependencies do.",
    }
    lay(root / "DEBIAN/postrm", piece("postrm", FOLDERS="runtime licences"), 0o755)
    runtime.rename(home / "runtime")
    try:
        return _build(root, fields, release.epoch, _LARGE, out)
    finally:
        (home / "runtime").rename(runtime)
        shutil.rmtree(root)


def program_package(app: Path, release: Release, runtime: Release, work: Path, out: Path) -> Path:
    """Build ``fovea`` from the laid program; gives back the file."""
    root = fresh(work / "deb-program")
    shutil.copytree(app, root / HOME)
    lay_share(root / "usr/share", "/usr/bin/fovea")
    page = root / "usr/share/man/man1/fovea.1"
    _zip(page)
    (page.parent / "fovea-engine.1.gz").symlink_to("fovea.1.gz")
    (root / "usr/bin").mkdir()
    for name in PROGRAMS:
        (root / "usr/bin" / name).symlink_to(f"../lib/fovea/bin/{name}")
    _documents(root, "fovea", release)
    fields = {
        "Package": "fovea",
        "Version": release.version,
        "Depends": f"fovea-runtime (= {runtime.version})",
        "Recommends": "desktop-file-utils, hicolor-icon-theme, shared-mime-info, xdg-utils",
        "Description": "train, understand and improve image classifiers without code\n"
        " A desktop program: images are looked at and checked, augmentation and the\n"
        " network are drawn, training is watched live, hyperparameters are tuned.\n"
        " It needs no Python, no network and no terminal.",
    }
    lay(root / "DEBIAN/postrm", piece("postrm", FOLDERS="app bin"), 0o755)
    try:
        return _build(root, fields, release.epoch, _SMALL, out)
    finally:
        shutil.rmtree(root)


def _documents(root: Path, package: str, release: Release) -> None:
    folder = root / "usr/share/doc" / package
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8").split("\n\n", 2)[2]
    lines = [" " + (line or ".") for line in licence.rstrip().splitlines()]
    lay(folder / "copyright", piece("copyright") + "\n".join(lines) + "\n")
    lay(folder / "changelog", _changelog(package, release))
    _zip(folder / "changelog")
    lay(root / "usr/share/lintian/overrides" / package, piece(f"{package}.lintian"))


def _changelog(package: str, release: Release) -> str:
    date = email.utils.formatdate(release.epoch)[:-5] + "+0000"
    head = f"{package} ({release.version}) stable; urgency=medium"
    return f"{head}\n\n  * See resources/CHANGELOG.md.\n\n -- {_MAINTAINER}  {date}\n"


def _zip(path: Path) -> None:
    """Replace a file by its gzip, which holds neither name nor time."""
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
    path.unlink()


def _build(root: Path, fields: dict[str, str], epoch: int, level: int, out: Path) -> Path:
    """Pack a folder whose ``DEBIAN`` holds the maintainer scripts; the same bytes every time."""
    content = [p for p in files(root) if root / "DEBIAN" not in p.parents]
    size = sum(p.lstat().st_size // 1024 + 1 for p in content)
    description = fields.pop("Description")
    lines = [f"{key}: {value}" for key, value in fields.items()]
    lines += [_FIELDS, f"Installed-Size: {size}", f"Description: {description}"]
    lay(root / "DEBIAN/control", "\n".join(lines) + "\n")
    sums = [f"{_md5(p)}  {p.relative_to(root)}" for p in content if not p.is_symlink()]
    lay(root / "DEBIAN/md5sums", "\n".join(sums) + "\n")
    even_out(root, epoch)
    target = out / "{Package}_{Version}_amd64.deb".format(**fields)
    # One thread: with several, zstd's output depends on how many there are.
    options = ["--root-owner-group", "-Zzstd", f"-z{level}", "--threads-max=1"]
    command = ["dpkg-deb", *options, "--build", str(root), str(target)]
    run(command, env={"SOURCE_DATE_EPOCH": str(epoch)})
    return target


def _md5(path: Path) -> str:
    digest = hashlib.md5()  # noqa: S324 - the format asks for it; it guards against damage only
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
