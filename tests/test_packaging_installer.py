"""What is installed: launchers, menu entry, MIME type, icons, the installer for one user.

The installer is the real script with a tiny program behind it.
"""

from __future__ import annotations

import configparser
import json
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from common import program
from common.commands import lay
from common.release import Release
from environment import ROOT
from linux import deb, desktop, selfextract
from tests.reliability import installer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these packages are for Linux")

EPOCH = 1_700_000_000
FAKE_PYTHON = """#!/bin/sh
printf '%s\\n' "$0" "$@" "home:${PYTHONHOME:-none}" "safe:$PYTHONSAFEPATH" "locale:$LC_ALL"
"""


@pytest.fixture
def parts(tmp_path: Path) -> dict[str, Path]:
    """A program of a few files: the real launchers and desktop files, a shell script as Python."""
    laid = tmp_path / "laid"
    for name, module in program.PROGRAMS.items():
        launcher = desktop.piece("launcher.sh", MODULE=module, PYTHON="3.11")
        lay(laid / "bin" / name, launcher, 0o755)
    lay(laid / "runtime/bin/python3.11", FAKE_PYTHON, 0o755)
    lay(laid / "app/engine/__init__.py", "one = 1\n")
    desktop.lay_share(laid / "share", "fovea")
    return {name: laid / name for name in ("bin", "runtime", "app", "share")}


class Person:
    """Somebody with a home folder and an installer."""

    def __init__(self, home: Path, parts: dict[str, Path]) -> None:
        self.home = home
        self.tools = home.parent / "tools"
        self.path = f"{self.tools}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
        self.installer = home.parent / "fovea.run"
        home.mkdir()
        self.tools.mkdir()
        selfextract.build(parts, "0.1.0", EPOCH, self.installer)

    def run(self, *command: object) -> subprocess.CompletedProcess[str]:
        """Run a command as this person; ``tools`` come first on the PATH."""
        env = {"HOME": str(self.home), "PATH": self.path}
        words = [str(word) for word in command]
        return subprocess.run(
            words, env=env, cwd=self.home, capture_output=True, text=True, timeout=60, check=False
        )

    def install(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Run the installer."""
        return self.run("sh", self.installer, *options)

    def starts(self) -> bool:
        """Whether the link on the PATH starts the program."""
        started = self.run(self.home / ".local/bin/fovea").stdout.splitlines()
        return started[1:3] == ["-m", "gui.app"]

    def files(self) -> list[str]:
        """What is in the home folder, but for caches that desktop tools keep."""
        caches = ("mimeinfo.cache", "share/mime/")
        names = [
            p.relative_to(self.home).as_posix() for p in self.home.rglob("*") if not p.is_dir()
        ]
        return sorted(
            n for n in names if n.endswith("fovea.xml") or not any(c in n for c in caches)
        )


@pytest.fixture
def person(tmp_path: Path, parts: dict[str, Path]) -> Person:
    return Person(tmp_path / "home of a person", parts)


def place(person: Person) -> Path:
    return person.home / ".local/opt/fovea"


def everything(person: Person) -> list[str]:
    """All names in the home folder, folders too, and where links lead."""
    found = person.home.rglob("*")
    return sorted(
        f"{p.relative_to(person.home)}{' -> ' + os.readlink(p) if p.is_symlink() else ''}"
        for p in found
    )


def test_the_launcher_works_through_links_and_spaces(
    tmp_path: Path, parts: dict[str, Path]
) -> None:
    home = tmp_path / "a place with spaces"
    shutil.copytree(parts["bin"].parent, home)
    (tmp_path / "one").symlink_to(home / "bin/fovea")
    (tmp_path / "two").symlink_to("one")
    env = {"PATH": "/usr/bin:/bin", "PYTHONHOME": "/elsewhere"}
    said = subprocess.run(
        [tmp_path / "two", "my project", "--demo"],
        env=env,
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert said[0] == str(home / "runtime/bin/python3.11")
    assert said[1:5] == ["-m", "gui.app", "my project", "--demo"]
    assert said[5:] == ["home:none", "safe:1", "locale:C.UTF-8"]


def test_the_launcher_passes_no_settings_of_another_python_or_qt(
    tmp_path: Path, parts: dict[str, Path]
) -> None:
    lay(parts["runtime"] / "bin/python3.11", "#!/bin/sh\nenv\n", 0o755)
    astray = """HOME PATH PLATLIBDIR USERBASE EXECUTABLE PYCACHEPREFIX STARTUP INSPECT OPTIMIZE
        DEBUG DEVMODE VERBOSE WARNINGS"""
    names = [f"PYTHON{name}" for name in astray.split()]
    names += ["QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH"]
    env = dict.fromkeys(names, "/x") | {"PATH": "/usr/bin:/bin", "LANG": "de_DE.UTF-8"}
    said = subprocess.check_output([parts["bin"] / "fovea"], env=env, text=True)
    found = dict(line.split("=", 1) for line in said.splitlines())
    assert not set(names) & set(found)
    assert (found["PYTHONSAFEPATH"], found["PYTHONNOUSERSITE"]) == ("1", "1")
    assert found["LANG"] == "de_DE.UTF-8"


def test_the_manual_names_every_option(parts: dict[str, Path]) -> None:
    page = (parts["share"] / "man/man1/fovea.1").read_text("utf-8").replace("\\-", "-")
    source = (ROOT / "gui/app.py").read_text("utf-8")
    options = set(re.findall(r'"(--[a-z-]+)"', source))
    assert {"--demo", "--self-test"} <= options
    described = page.split(".SH OPTIONS")[1]
    assert {name for name in options if name not in described} == set()


def test_the_copyright_file_has_the_text_of_every_licence_that_it_names() -> None:
    text = desktop.piece("copyright")
    heads, _, rest = text.partition("\n\nLicense: ")
    named = set(" and ".join(re.findall(r"^License: (.+)$", heads, re.M)).split(" and "))
    bodies = dict(part.split("\n", 1) for part in rest.split("\n\nLicense: "))
    assert named == set(bodies) == {"Expat", "ISC", "OFL-1.1"}
    plain = {name: " ".join(body.replace("\n .\n", "\n").split()) for name, body in bodies.items()}
    for name, path in (("ISC", "icons/LICENSE.txt"), ("OFL-1.1", "fonts/Inter-LICENSE.txt")):
        whole = " ".join((ROOT / "resources" / path).read_text("utf-8").split())
        assert len(plain[name]) > 600
        assert plain[name] in whole


def test_install_start_repeat_uninstall(person: Person) -> None:
    lay(person.home / "Documents/cells/project.fovea", "{}")
    own = person.files()
    done = person.install()
    assert done.returncode == 0, done.stderr
    assert (place(person) / "current/app/engine/__init__.py").read_text("utf-8") == "one = 1\n"
    started = person.run(person.home / ".local/bin/fovea-engine", "doctor").stdout.splitlines()
    assert started[1:4] == ["-m", "engine", "doctor"]
    installed = [n for n in person.files() if "/tree-" not in n]

    again = person.install("--silent")
    assert (again.returncode, again.stdout) == (0, "")
    assert [n for n in person.files() if "/tree-" not in n] == installed
    assert len(list(place(person).glob("tree-*"))) == 1

    gone = person.run(place(person) / "uninstall", "--silent")
    assert (gone.returncode, gone.stderr) == (0, "")
    assert person.files() == own
    assert not place(person).exists()


@pytest.mark.parametrize("moment", ["mkdir", "tar", "mv", "sync", "ln"])
def test_an_interrupted_update_leaves_a_whole_program(person: Person, moment: str) -> None:
    """Killed by the first command of this name after the file was checked."""
    assert person.install("--silent").returncode == 0
    real = shutil.which(moment)
    arm = person.home.parent / "armed"
    lay(person.tools / "gzip", f'#!/bin/sh\ntouch "{arm}"\nexec /usr/bin/gzip "$@"\n', 0o755)
    deadly = f'#!/bin/sh\nif [ -e "{arm}" ]; then kill -9 $PPID; fi\nexec {real} "$@"\n'
    if moment in ("mkdir", "tar"):
        deadly = f"#!/bin/sh\nkill -9 $PPID\nexec {real} -d nothing\n"
    lay(person.tools / moment, deadly, 0o755)
    assert person.install("--silent").returncode != 0
    started = person.run(person.home / ".local/bin/fovea")
    assert started.stdout.splitlines()[1:3] == ["-m", "gui.app"]
    assert (place(person) / "current/app/engine/__init__.py").read_text("utf-8") == "one = 1\n"

    for tool in ("gzip", moment):
        (person.tools / tool).unlink()
    assert person.install("--silent").returncode == 0
    left = sorted(p.name.split("-")[0] for p in place(person).iterdir())
    assert left == [".fovea", "current", "tree", "uninstall"]


def test_updates_killed_at_random_leave_a_whole_program(tmp_path: Path) -> None:
    home = installer.Home(tmp_path, 200)
    assert installer.struck(home, 6, random.Random(3)) == 6
    (tmp_path / "hömé of a person/.local/opt/fovea/current/app/7.txt").unlink()
    assert home.starts() is None, "the check sees a program with a file missing"


@pytest.mark.parametrize("damage", ["changed", "cut short"])
def test_a_damaged_file_is_refused_before_anything_is_written(person: Person, damage: str) -> None:
    content = bytearray(person.installer.read_bytes())
    content[-20] ^= 1
    person.installer.write_bytes(content if damage == "changed" else content[:-20])
    done = person.install()
    assert done.returncode == 1
    assert "copy it again" in done.stderr
    assert list(person.home.iterdir()) == []


def test_a_full_disk_is_seen_before_anything_is_written(person: Person) -> None:
    table = "Filesystem 1024-blocks Used Available Capacity Mounted\\nd 9 9 5 99% /"
    lay(person.tools / "df", f"#!/bin/sh\nprintf '{table}\\n'\n", 0o755)
    done = person.install()
    assert done.returncode == 1
    assert "MB are free" in done.stderr
    assert list(person.home.iterdir()) == []


def test_an_old_system_is_told_what_it_lacks(person: Person) -> None:
    lay(person.tools / "getconf", "#!/bin/sh\necho glibc 2.31\n", 0o755)
    done = person.install()
    assert (done.returncode, "needs glibc 2.35" in done.stderr) == (1, True)


def test_other_peoples_files_stay(person: Person) -> None:
    lay(person.home / "tools of mine/notes.txt", "mine")
    refused = person.install("--prefix", str(person.home / "tools of mine"))
    assert (refused.returncode, "holds other things" in refused.stderr) == (1, True)
    lay(person.home / ".local/bin/fovea", "#!/bin/sh\n", 0o755)
    chosen = person.home / "other place"
    assert person.install("--prefix", str(chosen), "--silent").returncode == 0
    assert (person.home / ".local/bin/fovea").read_text("utf-8") == "#!/bin/sh\n"
    assert person.install("--prefix", str(chosen), "--uninstall").returncode == 0
    assert person.files() == [".local/bin/fovea", "tools of mine/notes.txt"]


@pytest.mark.parametrize("there", [True, False], ids=["there", "dangling"])
def test_anothers_link_on_the_path_stays(person: Person, there: bool) -> None:
    """As those that make a virtual environment for each program lay them."""
    theirs = person.home / "venvs/fovea/bin/fovea"
    if there:
        lay(theirs, "#!/bin/sh\n", 0o755)
    link = person.home / ".local/bin/fovea"
    link.parent.mkdir(parents=True)
    link.symlink_to(theirs)
    done = person.install()
    assert (done.returncode, f"{link} is somebody else's" in done.stdout) == (0, True)
    assert os.readlink(link) == str(theirs)
    assert (link.parent / "fovea-engine").resolve().is_relative_to(place(person))
    assert person.install("--uninstall").returncode == 0
    assert os.readlink(link) == str(theirs)
    assert not (link.parent / "fovea-engine").is_symlink()


def test_of_two_installations_each_removes_its_own(person: Person) -> None:
    person.install("--silent")
    other = person.home / "other place"
    alone = person.files()
    done = person.install("--prefix", str(other))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"starts another ({place(person)}) and stays as it is" in done.stdout
    gone = person.run(other / "uninstall")
    assert (gone.returncode, gone.stderr) == (0, "")
    assert person.files() == alone
    assert person.starts()

    person.install("--silent", "--prefix", str(other))
    assert person.run(place(person) / "uninstall").returncode == 0
    assert person.install("--silent", "--prefix", str(other)).returncode == 0
    menu = person.home / ".local/share/applications/fovea.desktop"
    assert entry_of(menu)["TryExec"] == f"{other}/current/bin/fovea"
    assert person.starts()


def test_what_starts_a_program_that_is_gone_is_taken_over(person: Person) -> None:
    person.install("--silent")
    other = person.home / "other place"
    place(person).rename(other)
    assert person.install("--silent", "--prefix", str(other)).returncode == 0
    menu = person.home / ".local/share/applications/fovea.desktop"
    assert entry_of(menu)["TryExec"] == f"{other}/current/bin/fovea"
    assert person.starts()


@pytest.mark.parametrize("command", ["env A=1 fovea %f", "/gone/fovea %f"])
def test_a_menu_entry_of_ones_own_stays(person: Person, command: str) -> None:
    menu = person.home / ".local/share/applications/fovea.desktop"
    lay(menu, f"[Desktop Entry]\nType=Application\nName=Mine\nExec={command}\n")
    own = person.files()
    assert person.install("--silent").returncode == 0
    assert entry_of(menu)["Name"] == "Mine"
    assert person.install("--silent", "--uninstall").returncode == 0
    assert person.files() == own


def test_two_installers_at_once_take_turns(person: Person) -> None:
    """The first writes to a slow disk while the second starts."""
    slow = person.home.parent / "slow"
    lay(person.tools / "sync", f'#!/bin/sh\nif mkdir "{slow}"; then sleep 3; fi\n', 0o755)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(person.install, "--silent")
        limit = time.monotonic() + 30
        while not slow.exists() and time.monotonic() < limit:
            time.sleep(0.02)
        second = person.install()
    assert (first.result().returncode, first.result().stderr) == (0, "")
    assert (second.returncode, "Another installer is at work" in second.stdout) == (0, True)
    assert person.starts()
    left = sorted(p.name.split("-")[0] for p in place(person).iterdir())
    assert left == [".fovea", "current", "tree", "uninstall"]


@pytest.mark.parametrize("way", ["linked prefix", "linked home", "relative"])
def test_a_removal_finds_what_was_installed_by_another_name(person: Person, way: str) -> None:
    real = person.home / "disk two"
    options: tuple[str, ...] = ()
    if way == "linked prefix":
        real.mkdir()
        (person.home / "linked").symlink_to(real)
        options = ("--prefix", str(person.home / "linked/fovea"))
    elif way == "linked home":
        linked = person.home.parent / "linked home"
        linked.symlink_to(person.home)
        person.home = linked
    else:
        options = ("--prefix=disk two/../disk two/fovea",)
    own = person.files()
    assert person.install("--silent", *options).returncode == 0
    assert person.starts()
    prefix = person.home / ".local/opt/fovea" if way == "linked home" else real / "fovea"
    gone = person.run(prefix / "uninstall", "--silent")
    assert (gone.returncode, gone.stderr) == (0, "")
    assert person.files() == own


def test_a_folder_of_ones_own_stays_beside_the_program(person: Person) -> None:
    person.install("--silent")
    lay(place(person) / "tree-photos/oak.txt", "mine")
    assert person.install("--silent").returncode == 0
    assert (place(person) / "tree-photos/oak.txt").exists()
    assert person.run(place(person) / "uninstall", "--silent").returncode == 0
    assert person.files() == [".local/opt/fovea/tree-photos/oak.txt"]


@pytest.mark.parametrize("obstacle", [".local/bin", ".local/share/applications/fovea.desktop"])
def test_a_menu_that_cannot_be_written_is_seen_before_anything_changes(
    person: Person, obstacle: str
) -> None:
    """A file is where a folder should be, and a folder where a file should be."""
    person.install("--silent")
    path = person.home / obstacle
    if path.is_dir():
        shutil.rmtree(path)
        path.write_text("mine")
    else:
        path.unlink()
        path.mkdir()
    before = everything(person)
    done = person.install()
    assert (done.returncode, f"{path} cannot be written" in done.stderr) == (1, True)
    assert everything(person) == before


def test_a_menu_that_fails_late_is_a_warning(person: Person) -> None:
    lay(person.tools / "cp", "#!/bin/sh\nexit 2\n", 0o755)
    done = person.install("--silent")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == (
        "Fovea is installed, but its menu entry could not be written: repeat the installation\n"
    )
    assert person.starts()
    (person.tools / "cp").unlink()
    assert person.install("--silent").stderr == ""
    assert (person.home / ".local/share/mime/packages/fovea.xml").exists()


def test_a_failed_first_installation_leaves_nothing(person: Person) -> None:
    (person.home / ".local").mkdir()
    lay(person.tools / "gzip", "#!/bin/sh\nexit 2\n", 0o755)
    done = person.install()
    assert (done.returncode, "could not be unpacked" in done.stderr) == (1, True)
    assert everything(person) == [".local"]


@pytest.mark.parametrize("step", ["chmod", "mv", "sync", "ln"])
def test_a_failed_update_leaves_the_program_as_it_was(person: Person, step: str) -> None:
    person.install("--silent")
    before = everything(person)
    lay(person.tools / step, "#!/bin/sh\nexit 2\n", 0o755)
    done = person.install()
    assert (done.returncode, done.stderr) == (1, "Fovea was not installed: a command failed\n")
    assert everything(person) == before
    assert person.starts()


def test_a_removal_that_fails_says_so(person: Person) -> None:
    done = person.install("--uninstall")
    assert done.returncode == 1
    assert done.stderr.startswith("Fovea was not removed: there is no Fovea in")


@pytest.mark.parametrize("step", ["tar", "sync"])
def test_an_installation_that_is_stopped_leaves_nothing(person: Person, step: str) -> None:
    lay(person.tools / step, "#!/bin/sh\nkill -TERM $PPID\n", 0o755)
    assert person.install().returncode == 130
    assert everything(person) == []


def test_from_the_switch_on_an_installation_is_finished(person: Person) -> None:
    real = shutil.which("ln")
    lay(person.tools / "ln", f'#!/bin/sh\nkill -TERM $PPID\nexec {real} "$@"\n', 0o755)
    assert person.install("--silent").returncode == 0
    assert person.starts()
    assert (person.home / ".local/share/applications/fovea.desktop").exists()


def test_a_program_that_runs_is_not_removed(person: Person) -> None:
    person.install("--silent")
    program = (place(person) / "current").resolve() / "runtime/bin/sleep"
    shutil.copy(str(shutil.which("sleep")), program)
    before = everything(person)
    with subprocess.Popen([program, "60"]) as running:
        done = person.run(place(person) / "uninstall")
        running.kill()
    assert done.returncode == 1
    assert done.stderr == "Fovea was not removed: it is running: close it, then remove it\n"
    assert everything(person) == before


@pytest.mark.parametrize("missing", ["getconf", "find", "flock", "readlink"])
def test_a_missing_command_is_named(person: Person, missing: str) -> None:
    for folder in (Path("/usr/bin"), Path("/bin")):
        for tool in folder.iterdir():
            link = person.tools / tool.name
            if tool.name != missing and not link.is_symlink():
                link.symlink_to(tool)
    person.path = str(person.tools)
    done = person.install()
    assert done.returncode == 1
    assert done.stderr == f"Fovea was not installed: the command {missing} is missing\n"
    assert everything(person) == []


def test_wrong_options_are_wrong_usage(person: Person) -> None:
    assert person.install("--frobnicate").returncode == 2
    assert "--uninstall" in person.install("--help").stdout
    assert person.install("--prefix", f"{person.home}/$HOME").returncode == 1
    (person.home / "plain").symlink_to(person.home / "50 % more")
    assert person.install("--prefix", f"{person.home}/plain/fovea").returncode == 1


def test_the_installer_is_the_same_every_time(parts: dict[str, Path], tmp_path: Path) -> None:
    files = [selfextract.build(parts, "1", EPOCH, tmp_path / name) for name in ("a", "b")]
    assert files[0].read_bytes() == files[1].read_bytes()


class Entry(configparser.ConfigParser):
    """A menu entry, whose keys are as they are written."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def entry_of(path: Path) -> configparser.SectionProxy:
    parser = Entry(interpolation=None)
    parser.read(path, encoding="utf-8")
    return parser["Desktop Entry"]


def test_the_description_for_software_centres_fits_the_menu_entry(parts: dict[str, Path]) -> None:
    found = ElementTree.parse(parts["share"] / "metainfo/org.fovea.Fovea.metainfo.xml").getroot()
    entry = configparser.ConfigParser(interpolation=None)
    entry.read(parts["share"] / "applications/fovea.desktop", encoding="utf-8")
    menu = entry["Desktop Entry"]
    assert found.findtext("launchable") == "fovea.desktop"
    assert found.findtext("name") == menu["Name"]
    assert f"{found.findtext('provides/mediatype')};" == menu["MimeType"]
    assert {item.text for item in found.iter("binary")} == set(program.PROGRAMS)
    assert [item.text for item in found.iter("category")] == menu["Categories"].split(";")[:-1]


def test_the_menu_entry_starts_fovea_and_fits_the_mime_type(
    person: Person, parts: dict[str, Path]
) -> None:
    person.install("--silent")
    installed = person.home / ".local/share/applications/fovea.desktop"
    if shutil.which("desktop-file-validate"):
        for path in (installed, parts["share"] / "applications/fovea.desktop"):
            said = subprocess.run(["desktop-file-validate", path], capture_output=True, check=False)
            assert (said.returncode, said.stdout) == (0, b"")
    entry = entry_of(installed)
    assert entry["Exec"] == f'"{place(person)}/current/bin/fovea" %f'
    assert os.access(entry["TryExec"], os.X_OK)
    kinds = ElementTree.parse(parts["share"] / "mime/packages/fovea.xml").getroot()
    space = "{http://www.freedesktop.org/standards/shared-mime-info}"
    kind = kinds.find(f"{space}mime-type")
    assert kind is not None
    assert entry["MimeType"] == kind.attrib["type"] + ";"
    globs = [g.attrib["pattern"] for g in kind.iter(f"{space}glob")]
    assert globs == ["*.fovea"]


def test_icons_have_the_size_that_their_folder_says(parts: dict[str, Path]) -> None:
    icons = sorted((parts["share"] / "icons/hicolor").glob("*x*/apps/fovea.png"))
    sizes = {path.parts[-3]: struct.unpack(">II", path.read_bytes()[16:24]) for path in icons}
    assert {"16x16", "32x32", "48x48", "256x256", "512x512"} <= set(sizes)
    assert all(name == f"{width}x{height}" for name, (width, height) in sizes.items())


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="needs dpkg-deb")
def test_the_small_package_is_whole_and_the_same_every_time(tmp_path: Path) -> None:
    desktop.lay_program(tmp_path / "program")
    built = []
    for name in ("one", "two"):
        out = tmp_path / name
        out.mkdir()
        release, runtime = Release("0.1.0", EPOCH), Release("2026.11.28+abc", EPOCH)
        work = tmp_path / f"work-{name}"
        built.append(deb.program_package(tmp_path / "program", release, runtime, work, out))
    assert built[0].read_bytes() == built[1].read_bytes()
    assert built[0].stat().st_size < 5e6
    listing = subprocess.check_output(["dpkg-deb", "-c", built[0]], text=True)
    for path in (
        "./usr/lib/fovea/app/engine/__init__.py",
        "./usr/bin/fovea -> ../lib/fovea/bin/fovea",
        "./usr/share/applications/fovea.desktop",
        "./usr/share/mime/packages/fovea.xml",
        "./usr/share/icons/hicolor/48x48/apps/fovea.png",
        "./usr/share/man/man1/fovea.1.gz",
        "./usr/share/doc/fovea/copyright",
    ):
        assert path in listing
    assert {line.split()[1] for line in listing.splitlines()} == {"root/root"}
    depends = subprocess.check_output(["dpkg-deb", "-f", built[0], "Depends"], text=True)
    assert depends == "fovea-runtime (= 2026.11.28+abc)\n"


def test_the_program_carries_an_inventory_of_all_that_was_shipped(tmp_path: Path) -> None:
    desktop.lay_program(tmp_path)
    app = tmp_path / "app"
    laid = {p.relative_to(app).as_posix() for p in app.rglob("*") if p.is_file()}
    program.lay_inventory(app, Path(sys.executable))
    found = json.loads((app / "engine/selftest/inventory.json").read_text())
    assert {"cutout", "flip"} <= set(found["kinds"]["transforms"])
    wanted = {name for name in laid if name.startswith(("engine/", "gui/"))}
    assert wanted <= set(found["files"])
    (app / "engine/transforms/geometry/mirror.py").unlink()
    lost = [
        sys.executable,
        "-c",
        "from engine.selftest.inventory import *; print(lost_files('engine'))",
    ]
    told = subprocess.check_output(lost, cwd=app, text=True)
    assert told.strip() == "['engine/transforms/geometry/mirror.py']"
