#!/usr/bin/env python3
"""Install the packages into a clean minimal Debian and use Fovea there, as a person would.

    python packaging/chroot_test.py [bookworm] [trixie] [--packages DIR] [--work DIR]

Everything after the download of what the packages depend on happens without any network interface:
installation, self-test, the sample's training in the window, an edit that is saved, opening by file
association, warm starts, purge, and the search for what was left behind. Needs root, debootstrap,
Xvfb and xdotool. Pictures of the window and a report stay in the work folder: look at them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable

from framebuffer import save_png

from common.commands import BuildError, fresh, need, run
from environment import ROOT
from linux.chroot import HOME, USER, Chroot, need_root

DISPLAY = ":77"
SIZE = "1280x800x24"
# What any desktop has: the type of a file by its name, and the program for a type.
DESKTOP = ("desktop-file-utils", "libglib2.0-bin", "shared-mime-info")
STAGED = "var/cache/apt/fovea"
SAMPLE = "Documents/Fovea/Sample cells"
# Places in the window as it is at the first start: the field of the epochs, "Stop after epoch".
EPOCHS_FIELD, STOP_AFTER_EPOCH = ("305", "219"), ("1084", "728")
MINUTES = 15
GOAL = 1.5  # seconds from the start to the window, warm


class Trial:
    """One Debian, from installation to purge; :attr:`report` collects what was seen."""

    def __init__(self, suite: str, packages: Path, work: Path) -> None:
        self.suite = suite
        self.packages = sorted(packages.glob("*.deb"))
        self.installers = sorted(packages.glob("*.run"))
        self.out = fresh(work / suite)
        self.screen = fresh(self.out / "screen") / "Xvfb_screen0"
        self.debian = Chroot.make(suite, work / f"{suite}-root", work / f"{suite}-template")
        self.home = self.debian.folder / "home" / USER
        self.report: list[str] = []

    def note(self, text: str) -> None:
        """Keep and print one line of the report."""
        self.report.append(text)
        print(f"{self.suite}: {text}", flush=True)
        (self.out / "report.txt").write_text("\n".join(self.report) + "\n", encoding="utf-8")

    def everything(self) -> None:
        """All steps. Raises BuildError at the first that fails."""
        self.bring_dependencies()
        before = self.debian.files()
        self.install()
        options = ["-screen", "0", SIZE, "-ac", "-nolisten", "tcp"]
        command = ["Xvfb", DISPLAY, *options, "-fbdir", str(self.screen.parent)]
        display = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            wait_for("the display", 30, self.screen.exists)
            self.test_itself()
            self.start_first()
            self.train_in_the_window()
            self.open_by_association()
            self.start_warm()
            self.purge(before)
            for installer in self.installers:
                self.install_for_one_user(installer)
        finally:
            display.terminate()
            display.wait()

    def bring_dependencies(self) -> None:
        """Download and install what the packages depend on, but not the packages."""
        staged = self.debian.folder / STAGED
        staged.mkdir(parents=True)
        for package in [*self.packages, *self.installers]:
            _at_hand(package, staged / package.name)
        self.debian.run_online("apt-get", "clean")
        self.debian.run_online("apt-get", "update", "-qq")
        names = [f"/{STAGED}/{package.name}" for package in self.packages]
        get = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", "--download-only"]
        self.debian.run_online(*get, *DESKTOP, *names)
        self.debian.run("sh", "-c", "dpkg --install /var/cache/apt/archives/*.deb")
        if self.debian.run("sh", "-c", "command -v python3 python || true").strip():
            raise BuildError("this Debian is not without Python")
        libc = self.debian.run("sh", "-c", "dpkg-query -W -f '${Version}' libc6")
        self.note(
            f"Debian {(self.debian.folder / 'etc/debian_version').read_text().strip()}, "
            f"glibc {libc}, no Python"
        )

    def install(self) -> None:
        """Install the packages offline."""
        began = time.monotonic()
        self.debian.run("sh", "-c", f"dpkg --install /{STAGED}/*.deb")
        self.note(f"installed offline in {time.monotonic() - began:.0f} s")
        devices = self.debian.run("cat", "/proc/net/dev", user=USER).splitlines()[2:]
        self.note(
            "network interfaces: "
            + " ".join(line.split(":")[0].strip() for line in devices)
            + " (down)"
        )

    def test_itself(self) -> None:
        """The program's self-test, when it has one, and its command line."""
        self.debian.run("fovea-engine", "doctor", user=USER)
        if "--self-test" not in self.debian.run("fovea", "--help", user=USER):
            self.note("the program has no --self-test")
            return
        began = time.monotonic()
        said = self.debian.run("fovea", "--self-test", user=USER, QT_QPA_PLATFORM="offscreen")
        (self.out / "self-test.txt").write_text(said, encoding="utf-8")
        self.note(f"self-test passed in {time.monotonic() - began:.0f} s")

    def start_first(self) -> None:
        """The first start of all shows the page on this computer, which looks at it by itself."""
        process = self.debian.start("fovea", log=self.out / "first.txt", DISPLAY=DISPLAY)
        window = self.wait_for_window()
        time.sleep(20)
        self.picture("first-start")
        self.quit(window, process)

    def train_in_the_window(self) -> None:
        """Train the sample, stop after an epoch, change a setting, save, quit."""
        process = self.debian.start("fovea", "--demo", log=self.out / "demo.txt", DISPLAY=DISPLAY)
        window = self.wait_for_window()
        events = self.home / SAMPLE / "runs"
        wait_for("two epochs", 60 * MINUTES, lambda: _told(events, "epoch_done") >= 2)
        self.picture("training")
        xdotool("mousemove", "--window", window, *STOP_AFTER_EPOCH, "click", "1")
        wait_for("the run's end", 60 * MINUTES, lambda: _told(events, "run_finished") == 1)
        self.note("the sample trained: " + _last(events, "run_finished"))
        xdotool("windowfocus", window, "mousemove", "--window", window, *EPOCHS_FIELD)
        xdotool("click", "--repeat", "3", "1")
        xdotool("key", "ctrl+a", "type", "6")
        xdotool("key", "Return", "key", "ctrl+s")
        project = self.home / SAMPLE / "project.fovea"
        wait_for("the saved project", 30, lambda: '"epochs": 6,' in project.read_text("utf-8"))
        self.picture("saved")
        self.note("the project was changed in the window and saved")
        self.quit(window, process)

    def open_by_association(self) -> None:
        """Open the project's file as a file manager does: by its type's program."""
        path = f"{HOME}/{SAMPLE}/project.fovea"
        handler = self.debian.run("gio", "mime", "application/x-fovea", user=USER)
        if "fovea.desktop" not in handler.splitlines()[0]:
            raise BuildError("the type application/x-fovea has no program:\n" + handler)
        shell = ["sh", "-c", 'gio open "$0" && read -r end', path]  # what gio starts lives as long
        process = self.debian.start(*shell, log=self.out / "open.txt", DISPLAY=DISPLAY)
        window = self.wait_for_window()
        wait_for("the project", 120, lambda: "Sample cells" in xdotool("getwindowname", window))
        time.sleep(15)  # the thumbnails come in the background
        self.picture("opened")
        self.note("opened by file association: " + xdotool("getwindowname", window).strip())
        xdotool("windowfocus", window, "key", "ctrl+q")
        wait_for("the window's end", 60, lambda: not _windows())
        process.communicate(timeout=60)

    def start_warm(self) -> None:
        """From the command to a window on the screen, in seconds, with warm caches."""
        taken = []
        for _ in range(5):
            began = time.monotonic()
            process = self.debian.start("fovea", log=self.out / "start.txt", DISPLAY=DISPLAY)
            window = self.wait_for_window()
            taken.append(time.monotonic() - began)
            time.sleep(2)
            self.quit(window, process)
        shown = " ".join(f"{seconds:.2f}" for seconds in taken)
        median = statistics.median(taken)
        met = "met" if median <= GOAL else "missed, on a quiet machine a fault"
        self.note(f"from start to window: median {median:.2f} s of {shown} (goal {GOAL} s: {met})")

    def purge(self, before: set[str]) -> None:
        """Remove the packages; nothing but the user's own files may be new."""
        self.debian.run("dpkg", "--purge", "fovea", "fovea-runtime")
        left = sorted(self.debian.files() - before)
        own = [name for name in left if name.startswith(f"{HOME}/")]
        (self.out / "own-files.txt").write_text("\n".join(own) + "\n", encoding="utf-8")
        other = [name for name in left if name not in own]
        lost = sorted(before - self.debian.files())
        if other or lost:
            raise BuildError(f"left behind: {other}; gone: {lost}")
        self.note(f"purged: nothing left but {len(own)} files of the user's")

    def install_for_one_user(self, installer: Path) -> None:
        """The installer without root: install, start, repeat, remove, and nothing is left."""
        before = self.debian.files()
        command = ["sh", f"/{STAGED}/{installer.name}", "--silent"]
        began = time.monotonic()
        self.debian.run(*command, user=USER)
        self.note(f"installed for one user, without root, in {time.monotonic() - began:.0f} s")
        fovea = f"{HOME}/.local/bin/fovea"
        process = self.debian.start(fovea, log=self.out / "start.txt", DISPLAY=DISPLAY)
        window = self.wait_for_window()
        time.sleep(2)
        self.picture("installed-for-one-user")
        self.quit(window, process)
        self.debian.run(*command, user=USER)
        uninstall = f"{HOME}/.local/opt/fovea/uninstall"
        self.debian.run(uninstall, "--silent", user=USER)
        left = sorted(self.debian.files() - before)
        # What the desktop's tools keep of all menu entries and types, and the program of its use.
        kept = ("/.local/share/mime", "/.local/share/applications", "/.cache/", "/.local/state/")
        other = [name for name in left if (self.debian.folder / name[1:]).is_file()]
        other = [name for name in other if not any(part in name for part in kept)]
        if other:
            raise BuildError(f"left behind by the installer: {other}")
        self.note("removed: nothing left but caches and logs")

    def wait_for_window(self) -> str:
        """The id of Fovea's window, once it is on the screen."""
        wait_for("the window", 120, lambda: bool(_windows()), pause=0.02)
        return _windows()[0]

    def quit(self, window: str, process: subprocess.Popen[bytes]) -> None:
        """End the program as a person does. Raises BuildError unless it ends well."""
        xdotool("windowfocus", window, "key", "ctrl+q")
        try:
            code = process.wait(120)
        except subprocess.TimeoutExpired:
            process.kill()
            self.picture("stuck")
            raise BuildError("the program did not end") from None
        if code != 0:
            raise BuildError(f"the program ended with status {code}")

    def picture(self, name: str) -> None:
        """Save what is on the display; an empty one is an error."""
        colours = save_png(self.screen, self.out / f"{name}.png")
        if colours < 50:  # an empty display has one, a window hundreds
            raise BuildError(f"the picture {name} shows no window")


def _at_hand(file: Path, target: Path) -> None:
    """The file at another place: as a link where that can be, as there are gigabytes."""
    try:
        os.link(file, target)
    except OSError:
        shutil.copyfile(file, target)


def xdotool(*arguments: str) -> str:
    """What xdotool says, on the trial's display."""
    return run(["xdotool", *arguments], env={"DISPLAY": DISPLAY})


def wait_for(what: str, seconds: float, happened: Callable[[], bool], pause: float = 0.5) -> None:
    """Return as soon as ``happened``; raises BuildError after so many seconds."""
    until = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > until:
            raise BuildError(f"{what} did not come in {seconds:.0f} s")
        time.sleep(pause)


def _windows() -> list[str]:
    command = ["xdotool", "search", "--onlyvisible", "--class", "Fovea"]
    done = subprocess.run(
        command,
        env={**os.environ, "DISPLAY": DISPLAY},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.split()


def _events(runs: Path, kind: str) -> list[dict[str, object]]:
    """The events of a kind in all runs."""
    texts = [path.read_text(encoding="utf-8") for path in runs.glob("*/events.jsonl")]
    # The last line may still be in the making.
    lines = [line for text in texts for line in text.split("\n")[:-1]]
    return [event for event in map(json.loads, lines) if event.get("event") == kind]


def _told(runs: Path, kind: str) -> int:
    return len(_events(runs, kind))


def _last(runs: Path, kind: str) -> str:
    return json.dumps(_events(runs, kind)[-1])


def main(arguments: list[str]) -> int:
    """Run the trials; 0 when all passed, 1 when one failed, 2 wrong usage."""
    parser = argparse.ArgumentParser(prog="chroot_test.py", description="Try the packages out.")
    parser.add_argument("suite", nargs="*", default=["bookworm"])
    parser.add_argument("--packages", type=Path, default=ROOT / "build/linux", metavar="DIR")
    parser.add_argument("--work", type=Path, default=ROOT / "build/chroots", metavar="DIR")
    options = parser.parse_args(arguments)
    try:
        need_root()
        need("debootstrap", "Xvfb", "xdotool", "unshare", "dpkg-deb")
        for suite in options.suite:
            trial = Trial(suite, options.packages.absolute(), options.work.absolute())
            trial.everything()
            shutil.rmtree(trial.debian.folder)
    except BuildError as error:
        print(f"\nThe trial failed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
