#!/usr/bin/env python3
"""Try the installer for Windows out, under Wine: one command, seconds to minutes.

    python packaging/windows/trial.py                  a tiny program in two parts
    python packaging/windows/trial.py --wheels DIR     the real packages from these wheels

Needs Wine, NSIS, a display, and CPython 3.11. In the place of CPython for Windows stand programs
that tell how they were started, so this tries what the installer does, and not Fovea. Installed,
refused, killed and removed is each checked by the files and the registry.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import time
from pathlib import Path
from typing import Callable, Iterator

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from common.commands import BuildError, files, fresh, lay
from common.records import record_hash
from windows import desktop, installer, standin
from windows.standin import WORK
from windows.wine import Wine, wait_until

CLASSES = "Software\\Classes"
UNINSTALL = "Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Fovea"
RUN_ONCE = "Software\\Microsoft\\Windows\\CurrentVersion\\RunOnce"
# Keys that every Windows has, and a fresh Wine not yet.
EVERYBODYS = (CLASSES, RUN_ONCE, UNINSTALL.rpartition("\\")[0])
PLACE = "AppData/Local/Programs/Fovea"
MOMENTS = (
    "before the parts",
    "after a part",
    "between the renamings",
    "after the renamings",
    "before the old program goes",
    "while the old program goes",
)
FAILED, DAMAGED, RUNNING, KILLED = 1, 2, 3, 9


class Trial:
    """An installer, and a Windows to try it on."""

    def __init__(self, tree: Path, built: list[Path], wine: Wine) -> None:
        self.tree = tree
        self.setup, *self.parts = built
        self.wine = wine
        self.place = wine.home / PLACE
        self.before = self.state()

    def steps(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """What is tried, in its order: a sentence, and a function that raises BuildError."""
        yield "Windows 7 is refused", self.old_windows
        yield "a missing, a cut and a damaged part are refused", self.bad_parts
        yield "a damaged setup.exe notices", self.damaged_setup
        yield (
            "a folder with other things, and one with too long a name, is refused",
            self.bad_places,
        )
        yield "a second setup at the same time is refused", self.second_setup
        yield "a full disk is seen before anything is written", self.full_disk
        yield "it installs: every file, association, entry for removal", self.install
        yield "association and launchers start the program", self.starts
        yield "it does not touch a Fovea that runs", self.running
        for moment in MOMENTS:
            yield f"killed {moment}, a whole program is left", self.killed(moment)
        yield (
            "killed from outside while a part unpacks, a whole program is left",
            self.killed_outside,
        )
        yield "killed twice in a row, a whole program is left", self.killed_twice
        yield "an update that cannot be put in place leaves the old program", self.not_in_place
        yield "it installs over what is there", self.again
        yield "removed, nothing is left", self.remove
        yield "a removal that cannot delete a file can be repeated", self.remove_twice
        yield "removed without its program, nothing else is touched", self.remove_the_rest
        yield "installed elsewhere and removed, what others put there is left", self.elsewhere

    # ------------------------------------------------------------------------------ refusals

    def old_windows(self) -> None:
        """Windows 7."""
        self.wine.be("win7")
        try:
            self.refused(FAILED)
        finally:
            self.wine.be("win10")

    def bad_parts(self) -> None:
        """A part that is not there, one that is cut short, one with a changed byte."""
        part = self.parts[-1]
        whole = part.with_name("whole")
        part.rename(whole)
        try:
            self.refused(FAILED)
            size = whole.stat().st_size
            shutil.copyfile(whole, part)
            with part.open("r+b") as file:
                file.truncate(size - 1)
            self.refused(FAILED)
            shutil.copyfile(whole, part)
            change_a_byte(part)
            self.refused(FAILED)
        finally:
            whole.replace(part)

    def damaged_setup(self) -> None:
        """Also when it is told not to look."""
        damaged = self.setup.with_name("damaged.exe")
        shutil.copyfile(self.setup, damaged)
        change_a_byte(damaged)
        told(self.wine.run(damaged, "/S", "/NCRC"), DAMAGED)
        damaged.unlink()
        self.nothing_left()

    def second_setup(self) -> None:
        """While the first shows its first page."""
        first = self.wine.start(self.setup)
        try:
            note = self.wine.temp / "fovea-setup.txt"
            note.unlink()
            wait_until(note.exists, "the first setup starts")
            time.sleep(3)
            expect(first.poll(), None)
            self.refused(FAILED)
        finally:
            first.kill()
            first.wait()
            self.wine.end()

    def full_disk(self) -> None:
        """A program that needs a thousand times the room that there is."""
        needed = re.search(r"\$1 < (\d+)", self.script())
        if needed is None:
            raise BuildError("the script does not look for room")
        large = self.variant("large.exe", {needed[0]: "$1 < 2000000000"})
        told(self.wine.run(large, "/S"), FAILED)
        large.unlink()
        self.nothing_left()

    def bad_places(self) -> None:
        """A folder of somebody else; one so deep that Windows could not open what is in it."""
        told(self.install_into("C:\\" + "\\".join(["deep" * 10] * 6)), FAILED)
        self.nothing_left()
        mine = lay(self.wine.path("tools of mine/notes.txt"), "mine")
        told(self.install_into("C:\\tools of mine"), FAILED)
        expect([p.name for p in mine.parent.iterdir()], ["notes.txt"])
        shutil.rmtree(mine.parent)

    def running(self) -> None:
        """Neither an update nor a removal begins."""
        python = self.place / "program/runtime/pythonw.exe"
        said = self.wine.temp / "standin.txt"
        said.unlink(missing_ok=True)
        process = self.wine.start(python, "--stay")
        try:
            wait_until(said.exists, "the stand-in starts")
            told(self.wine.run(self.setup, "/S"), RUNNING)
            self.whole()
            self.wine.run(self.place / "uninstall.exe", "/S")
            time.sleep(3)
            self.whole()
        finally:
            process.kill()
            process.wait()
            self.wine.end()

    def refused(self, code: int) -> None:
        """It ends with this code, and nothing is there that was not."""
        told(self.wine.run(self.setup, "/S"), code)
        self.nothing_left()

    # ------------------------------------------------------------------------- installation

    def install(self) -> None:
        """All of the tree, byte for byte, and what Windows must know of it."""
        told(self.wine.run(self.setup, "/S"), 0)
        self.whole()
        program = windows_path(self.place / "program", self.wine)
        open_it = f'"{program}\\runtime\\pythonw.exe" -m gui.app "%1"'
        expect(self.wine.value(f"{CLASSES}\\.fovea", ""), "Fovea.Project")
        expect(self.wine.value(f"{CLASSES}\\Fovea.Project\\shell\\open\\command", ""), open_it)
        expect(
            self.wine.value(f"{CLASSES}\\Fovea.Project\\DefaultIcon", ""), f"{program}\\fovea.ico"
        )
        quiet = f'"{windows_path(self.place, self.wine)}\\uninstall.exe" /S'
        expect(self.wine.value(UNINSTALL, "QuietUninstallString"), quiet)
        expect(self.wine.value(UNINSTALL, "DisplayName"), "Fovea")
        size = int(self.wine.value(UNINSTALL, "EstimatedSize"), 16) * 1024
        real = sum(path.stat().st_size for path in files(self.tree))
        expect(real <= size <= real * 2 + 10_000_000, True)
        expect((self.wine.home / START_MENU / "Fovea.lnk").is_file(), True)

    def starts(self) -> None:
        """The command of the association; the shortcut; a launcher with arguments.

        Wine does not look up a user's own associations, so the command is run as Windows would.
        """
        name = windows_path(self.wine.home, self.wine) + "\\my cells\\project.fovea"
        command = self.wine.value(f"{CLASSES}\\Fovea.Project\\shell\\open\\command", "")
        self.wine.line(command.replace("%1", name))
        self.said(f'-m gui.app "{name}"')
        shortcut = windows_path(self.wine.home / START_MENU / "Fovea.lnk", self.wine)
        self.wine.run("start", "/wait", shortcut)
        home = windows_path(self.wine.home, self.wine).lower()
        expect(self.said("-m gui.app")[1].lower(), home)
        launcher = windows_path(self.place / "program/bin/fovea-engine.cmd", self.wine)
        names = ("PYTHONHOME", "QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH")
        others = "\r\n@".join(f"set {name}=C:\\x" for name in names)
        self.wine.line(f'{others}\r\n@call "{launcher}" doctor "two words"')
        lines = self.said('-m engine doctor "two words"')
        expect(lines[2], "")

    def again(self) -> None:
        """An update: the same files, and nothing of the old program."""
        told(self.wine.run(self.setup, "/S"), 0)
        self.whole()
        expect(sorted(p.name for p in self.place.iterdir()), [".fovea", "program", "uninstall.exe"])

    def killed(self, moment: str) -> Callable[[], None]:
        """An update whose process ends at a moment, at once and without a word."""

        def trial() -> None:
            dying = self.variant("dying.exe", {}, f"-DDIES_AT={moment}")
            told(self.wine.run(dying, "/S"), KILLED)
            dying.unlink()
            if moment == "between the renamings":
                # Windows runs this line at the next start.
                self.wine.line(self.wine.value(RUN_ONCE, "Fovea"))
            self.whole()
            if moment == "while the old program goes":
                # What is half removed must not look as if it could be brought back.
                (half,) = self.place.glob("old-*")
                expect((half / "runtime").is_dir(), True)
                expect((half / desktop.MANIFEST).exists(), False)

        return trial

    def killed_outside(self) -> None:
        """An update that is killed while a part of it writes, then one that is not."""
        process = self.wine.start(self.setup, "/S")
        wait_until(lambda: len(files_in(self.place, "tree-*")) > 3, "a part unpacks")
        process.kill()
        process.wait()
        self.wine.end()
        expect(len(list(self.place.glob("tree-*"))), 1)
        self.whole()
        self.again()

    def killed_twice(self) -> None:
        """Between the renamings, then early in the next setup, beside what older updates left."""
        lay(self.place / "program/mine.txt", "mine")
        told(self.wine.run(self.setup, "/S"), 0)
        (left,) = self.place.glob("old-*")
        expect([p.name for p in files(left)], ["mine.txt"])
        # Whichever way the folders are looked through, the first is not the one with the program.
        shutil.copytree(left, self.place / "old-0")
        left.rename(self.place / "old-99999999")
        half = self.place / "old-1"
        lay(half / "app/half.py", "")
        lay(half / "FILES-GOING", "f app\\gone.py\r\nf app\\half.py\r\nd app\r\n")
        for moment in ("between the renamings", "before the parts"):
            dying = self.variant("dying.exe", {}, f"-DDIES_AT={moment}")
            told(self.wine.run(dying, "/S"), KILLED)
            dying.unlink()
        self.whole()
        expect(half.exists(), False)
        for folder in self.place.glob("old-*"):
            expect([p.name for p in files(folder)], ["mine.txt"])
            shutil.rmtree(folder)
        self.again()

    def not_in_place(self) -> None:
        """The second renaming fails; then that of the old program back as well."""
        nowhere = 'StrCpy $1 "$INSTDIR\\no\\such"'
        there = 'StrCpy $1 "$INSTDIR\\program"'
        new, old = '  StrCpy $0 "$Tree"\n  ', '    StrCpy $0 "$Old"\n    '
        changes = {new + there: new + nowhere}
        stuck = self.variant("stuck.exe", changes)
        told(self.wine.run(stuck, "/S"), FAILED)
        self.whole()
        expect(self.wine.value(RUN_ONCE, "Fovea"), "")
        names = [".fovea", "program", "uninstall.exe"]
        expect(sorted(p.name for p in self.place.iterdir()), names)
        stuck = self.variant("stuck.exe", {**changes, old + there: old + nowhere})
        told(self.wine.run(stuck, "/S"), FAILED)
        stuck.unlink()
        expect([(self.place / name).exists() for name in names], [True, False, True])
        self.wine.line(self.wine.value(RUN_ONCE, "Fovea"))
        self.whole()
        self.again()
        expect(self.wine.value(RUN_ONCE, "Fovea"), "")

    # ------------------------------------------------------------------------------ removal

    def remove(self) -> None:
        """No file and no line in the registry more than before all this."""
        self.uninstall(self.place)
        self.nothing_left()

    def remove_twice(self) -> None:
        """The first time no file can be deleted: all that is needed to go on stays."""
        stuck = self.variant("stuck.exe", {'Delete "$0\\$2"': "SetErrors"})
        told(self.wine.run(stuck, "/S"), 0)
        stuck.unlink()
        self.wine.run(self.place / "uninstall.exe", "/S")
        wait_until(lambda: any(self.place.glob("old-*/FILES-GOING")), "the removal begins")
        time.sleep(3)
        kept = [(self.place / name).is_file() for name in (".fovea", "uninstall.exe")]
        expect(kept, [True, True])
        expect(self.wine.value(UNINSTALL, "DisplayName"), "Fovea")
        told(self.wine.run(self.setup, "/S"), 0)
        self.again()
        self.remove()

    def remove_the_rest(self) -> None:
        """Somebody deleted the program, and the drive has a FILES of its own."""
        told(self.wine.run(self.setup, "/S"), 0)
        shutil.rmtree(self.place / "program")
        mine = lay(self.wine.path("mine.txt"), "mine")
        listed = lay(self.wine.path(desktop.MANIFEST), "f mine.txt\r\n")
        self.uninstall(self.place)
        expect([path.is_file() for path in (mine, listed)], [True, True])
        mine.unlink()
        listed.unlink()
        self.nothing_left()

    def elsewhere(self) -> None:
        """In a folder with spaces; files that somebody put into it stay when it goes."""
        place = self.wine.path("my programs/Fovea")
        told(self.install_into("C:\\my programs\\Fovea"), 0)
        inside = {"program/app/mine.txt", "program/runtime/Lib/of mine/a.txt"}
        beside = {"notes.txt", "tree-house/leaf.txt", "old-pictures/of me.txt"}
        for name in inside | beside:
            lay(place / name, "mine")
        told(self.wine.run(self.setup, "/S"), 0)  # without /D it finds where Fovea is
        kept = {p.relative_to(place).as_posix() for p in files(place) if p.suffix == ".txt"}
        expect(kept & beside, beside)
        expect(len([name for name in kept if name.endswith(("mine.txt", "of mine/a.txt"))]), 2)
        self.uninstall(place)
        left = [p.relative_to(place).as_posix() for p in files(place)]
        names = ["a.txt", "leaf.txt", "mine.txt", "notes.txt", "of me.txt"]
        expect(sorted(name.rpartition("/")[2] for name in left), names)
        shutil.rmtree(place.parent)
        self.nothing_left()

    def uninstall(self, place: Path) -> None:
        """Run the uninstaller, which goes on after its end, and wait for it."""
        told(self.wine.run(place / "uninstall.exe", "/S"), 0)
        wait_until(lambda: not (place / ".fovea").exists(), "it is removed")
        wait_until(lambda: not (place / "uninstall.exe").exists(), "it is removed")
        time.sleep(1)

    # -------------------------------------------------------------------------- what is seen

    def script(self) -> str:
        """The script of setup.exe."""
        return (WORK / "setup.nsi").read_text(encoding="utf-8")

    def variant(self, name: str, changes: dict[str, str], *options: str) -> Path:
        """A setup.exe of another name, in whose script each text of ``changes`` is another."""
        target = self.setup.with_name(name)
        script = self.script().replace(f'OutFile "{self.setup}"', f'OutFile "{target}"')
        for old, new in changes.items():
            if script.count(old) != 1:
                raise BuildError(f"the script does not have once: {old}")
            script = script.replace(old, new)
        installer.compile_script(lay(WORK / "variant.nsi", script), *options)
        if not target.exists():
            raise BuildError(f"the variant {name} was not written")
        return target

    def install_into(self, place: str) -> int:
        """Install into a folder of Windows; the exit code."""
        return self.wine.line(f'"{windows_path(self.setup, self.wine)}" /S /D={place}')

    def whole(self) -> None:
        """The installed program has every file of the tree, byte for byte, and no other."""
        program = self.place / "program"
        wanted = {p.relative_to(self.tree).as_posix(): record_hash(p) for p in files(self.tree)}
        found = {p.relative_to(program).as_posix(): record_hash(p) for p in files(program)}
        found.pop(desktop.MANIFEST, None)
        wrong = sorted(name for name in {*wanted, *found} if wanted.get(name) != found.get(name))
        if wrong:
            raise BuildError(f"{len(wrong)} files differ: " + ", ".join(wrong[:5]))

    def said(self, arguments: str) -> list[str]:
        """What the stand-in told of its last start, if that had these arguments.

        Raises BuildError when it had others.
        """
        path = self.wine.temp / "standin.txt"
        wait_until(path.exists, f"a start with {arguments}")
        time.sleep(0.5)
        lines = path.read_text(encoding="utf-8").splitlines()
        path.unlink()
        if not lines[0].endswith(arguments):
            raise BuildError(f"started with {lines[0]}, not with {arguments}")
        return lines

    def state(self) -> tuple[set[str], set[str]]:
        """The user's files and registry, but for what this trial and Wine keep there.

        And for %TEMP%: a killed program leaves what it had there, as every one does.
        """
        names = {
            p.relative_to(self.wine.home).as_posix()
            for p in self.wine.home.rglob("*")
            if self.wine.temp not in p.parents
        }
        common = {f"[HKEY_CURRENT_USER\\{key}]" for key in EVERYBODYS}
        own = ("MuiCache", "\\Wine\\", "Shell Folders", "Volatile Environment", "\\Temp\\")
        lines = self.wine.registry() - common
        return names, {line for line in lines if not any(word in line for word in own)}

    def nothing_left(self) -> None:
        """Raises BuildError when a file or a line in the registry is there that was not."""
        for more in (now - before for now, before in zip(self.state(), self.before)):
            if more:
                raise BuildError("left behind: " + ", ".join(sorted(more)[:5]))


START_MENU = "AppData/Roaming/Microsoft/Windows/Start Menu/Programs"


def windows_path(path: Path, wine: Wine) -> str:
    """A path as Windows has it: on drive C, or outside the prefix on drive Z."""
    drive = wine.folder / "drive_c"
    inside, letter = (path.relative_to(drive), "C:") if drive in path.parents else (path, "Z:")
    return letter + "\\" + str(inside).lstrip("/").replace("/", "\\")


def files_in(place: Path, pattern: str) -> list[Path]:
    """What is below the folders of ``place`` that fit a pattern."""
    return [p for folder in place.glob(pattern) for p in folder.rglob("*")]


def change_a_byte(path: Path) -> None:
    """Damage a file in its last fifth, which is packed data."""
    with path.open("r+b") as file:
        file.seek(path.stat().st_size * 4 // 5)
        old = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([old[0] ^ 1]))


def told(code: int, wanted: int) -> None:
    """Raises BuildError unless a program ended with this code."""
    if code != wanted:
        raise BuildError(f"it ended with {code}, not with {wanted}")


def expect(found: object, wanted: object) -> None:
    """Raises BuildError unless what was found is what was wanted."""
    if found != wanted:
        raise BuildError(f"found {found!r}, not {wanted!r}")


def run_steps(trial: Trial) -> None:
    """Try everything, and print each step that passed. Raises BuildError at the first other."""
    for sentence, step in trial.steps():
        began = time.monotonic()
        try:
            step()
        except BuildError as error:
            raise BuildError(f"{sentence}: {error}") from error
        print(f"passed: {sentence} ({time.monotonic() - began:.1f} s)", flush=True)


def main(arguments: list[str]) -> int:
    """Run the command; 0 when all passed, else 1."""
    parser = argparse.ArgumentParser(description="Try the installer for Windows out, under Wine.")
    parser.add_argument("--wheels", type=Path, metavar="DIR")
    parser.add_argument(
        "--target", default=installer.TARGET, help="NSIS's target (Wine may lack 32 bit)"
    )
    options = parser.parse_args(arguments)
    installer.TARGET = options.target
    fresh(WORK)
    out = WORK / "out"
    try:
        if options.wheels:
            tree, built = standin.real(options.wheels.absolute(), out)
        else:
            tree, built = standin.tiny(out)
        wine = Wine(WORK / "wine")
        try:
            wine.be("win10")
            run_steps(Trial(tree, built, wine))
        finally:
            wine.end()
    except BuildError as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
