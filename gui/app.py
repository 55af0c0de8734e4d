"""Starts the window: ``fovea [PROJECT]``."""

from __future__ import annotations

import argparse
import faulthandler
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QTimer

import engine
from engine.files.own_places import log_folder
from gui.application import Application, present
from gui.crash import CrashReporter, keep_crashes, start_log
from gui.document import Document
from gui.pages.base import Session
from gui.runner import Runner
from gui.sessions import Sessions
from gui.settings import Settings
from gui.shell.documents import AskedDocuments
from gui.theme import theme
from gui.watchdog import Watchdog
from gui.window import Window
from gui.worker import import_lightly

__all__ = ["App", "main", "start"]

_WARM_UP_MS = 700
_INVENTORY = Path(engine.__file__).with_name("selftest") / "inventory.json"  # in packages only
_OTHER_QT = ("QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH")
_log = logging.getLogger(__name__)


@dataclass
class App:
    """The parts of the running program."""

    qt: Application
    session: Session
    window: Window
    crash: CrashReporter


def main(argv: list[str] | None = None) -> int:
    """The command ``fovea``; gives back the exit code."""
    options = _parse(sys.argv[1:] if argv is None else argv)
    _shut_out_other_qt()
    if options.self_test:
        return _self_test()
    if options.offscreen_out is not None:
        return _offscreen(options.offscreen_out.absolute())
    import_lightly()
    settings = Settings()
    log = start_log()
    app = start(settings, log)
    with _watched(app, log):
        app.window.restoreGeometry(settings.geometry)
        app.window.show()
        _begin(app, options)
        QTimer.singleShot(_WARM_UP_MS, app.window, app.session.runner.warm_up)
        for name in ("SIGTERM", "SIGINT", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda *_: app.window.end())
        return app.qt.exec()


def _shut_out_other_qt() -> None:
    """Keeps an installed program's Qt, before it begins, from the plugins of another Qt.

    Those of another version end the program. A shortcut starts the interpreter itself, so that no
    launcher can do it. From the source the Qt may well be the system's: there they stay.
    """
    if _INVENTORY.is_file():
        for name in _OTHER_QT:
            os.environ.pop(name, None)


def _begin(app: App, options: argparse.Namespace) -> None:
    """What the window begins with: the demo, the project named, or the page on this computer.

    From then on it opens what the desktop asks for.
    """
    window = app.window
    if trouble := window.settings.trouble_to_tell():
        _log.warning("%s", trouble)
        window.notice.say(trouble)
    if options.demo:
        from gui.demo import start_demo

        QTimer.singleShot(0, window, lambda: start_demo(window))
    elif options.project is not None:
        path = options.project.absolute()
        QTimer.singleShot(0, window, lambda: window.files.begin_with(path))
    elif not window.settings.met_computer:
        window.go("computer")
    AskedDocuments(app.qt, window)


@contextmanager
def _watched(app: App, log: Path | None) -> Iterator[None]:
    """Within it a hanging window and a crash leave their stacks, and a crash its mark."""
    folder = log.parent if log is not None else log_folder()
    dog = Watchdog(folder / "stuck.txt" if log is not None else None)
    crashes = keep_crashes(folder / "crash.txt") if log is not None else None
    sessions = Sessions(folder, app.window.come_forward, app.window)
    app.window.crash_offer.show_crashes(sessions.crashed())
    sessions.begin()
    app.window.files.programs = sessions
    document = app.session.document
    document.changed.connect(lambda *_: sessions.note_project(document.folder))
    dog.start()
    try:
        yield
    finally:
        dog.stop()
        sessions.end()
        if crashes is not None:
            faulthandler.disable()
            crashes.close()
        app.crash.remove()


def _offscreen(out: Path) -> int:
    from gui.demo import run_offscreen

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        print(f"fovea: {out} cannot be made: {error.strerror}", file=sys.stderr)
        return 1
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    app = start(Settings(out / "settings.ini"))
    code = run_offscreen(app.window, app.crash, out)
    app.crash.remove()
    return code


def _self_test() -> int:
    from gui.self_test import run_self_test

    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    return run_self_test(start)


def start(settings: Settings, log: Path | None = None) -> App:
    """The application with its window, not shown yet; torch is not imported."""
    existing = QCoreApplication.instance()
    qt = existing if isinstance(existing, Application) else Application()
    present(qt)
    look = theme()
    look.set_mode(settings.theme)
    look.apply(qt)
    runner = Runner()
    session = Session(Document(runner.background), runner, look)
    window = Window(session, settings, log)
    crash = CrashReporter(window.show_error)
    crash.install()
    return App(qt, session, window, crash)


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="fovea",
        description="Train, understand and improve image classifiers.",
        epilog="Example: fovea ~/Documents/Fovea/cells",
    )
    parser.add_argument(
        "project", nargs="?", type=Path, help="a project folder, or images for a new project"
    )
    parser.add_argument(
        "--demo", action="store_true", help="open the sample project and start training at once"
    )
    parser.add_argument(
        "--offscreen-out",
        type=Path,
        metavar="DIR",
        help="do the demo without a display and leave screenshot and results in DIR",
    )
    parser.add_argument(
        "--self-test",
        action="store_true",
        help="try everything once without a display: exit code 0 when all is there and works",
    )
    parser.add_argument("--version", action="version", version=f"Fovea {engine.__version__}")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
