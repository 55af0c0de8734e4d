"""Rules for every test: noise fails it, nothing survives it, nothing reaches the network.

Needs neither Qt nor pytest-qt nor pytest-timeout, so that ``python -m pytest -m gpu tests`` runs on
a machine that trains and has no screen.
"""

from __future__ import annotations

import atexit
import gc
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1" if "PYTEST_XDIST_WORKER" in os.environ else "2")

import pytest

from tests.support import audit, garbage, leaks, noise

ROOT = Path(__file__).resolve().parent.parent
HAS_QT = bool(importlib.util.find_spec("PySide6") and importlib.util.find_spec("pytestqt"))
OPTIONS_OF_PLUGINS = {"pytestqt": ["qt_api"], "pytest_timeout": ["timeout"]}

if not HAS_QT:
    collect_ignore_glob = ["gui", "test_qt*", "screens*"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Accept the options of plugins that are not installed here (see the module's text)."""
    for plugin, options in OPTIONS_OF_PLUGINS.items():
        if importlib.util.find_spec(plugin) is None:
            for option in options:
                parser.addini(option, f"of {plugin}, which is not installed")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Listen to Qt here instead of in pytest-qt, which stops before a test's teardown."""
    config.option.qt_log = False


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """Keep what imports and tests themselves make, a million objects, from the garbage collector.

    It stays, and a look through it takes most of a second.
    """
    gc.disable()
    found = yield
    gc.freeze()
    atexit.register(gc.unfreeze)  # or libraries take what is left at the end for leaks
    return found


def pytest_report_header() -> str:
    """Nothing is left out in silence."""
    return (
        "" if HAS_QT else "Qt or pytest-qt is not installed: the tests of the window are left out"
    )


@pytest.fixture(scope="session")
def qapp_cls() -> type:
    """The program's own application, for pytest-qt to make."""
    from gui.application import Application

    return Application


@pytest.fixture(autouse=True)
def _collects_here() -> Iterator[None]:
    """Leave garbage to the end of each test, as the window leaves it to its own thread.

    The automatic collector also runs on the threads of tests and fixtures. There it must not
    destroy what an earlier test has left of Qt: a later test would crash (:mod:`gui.garbage`).
    """
    gc.disable()
    yield
    gc.disable()
    garbage.collect_due()


@pytest.fixture(autouse=True)
def _quiet(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail the test on error logs and Qt warnings, unless it asks for ``expected_noise``."""
    with noise.listening() as heard:
        request.node.noise = heard
        yield
    if heard and "expected_noise" not in request.fixturenames:
        pytest.fail("Noise in the test:\n" + "\n".join(heard))


@pytest.fixture
def expected_noise(request: pytest.FixtureRequest) -> list[str]:
    """The error logs and Qt warnings so far, for a test that provokes some and looks at them."""
    return request.node.noise


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What Fovea remembers of a machine is kept apart from the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOVEA_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def _leaves_nothing() -> Iterator[None]:
    """Fail the test if a thread, a window or a running timer outlives it."""
    before = leaks.Snapshot()
    yield
    if leaked := before.leaked():
        pytest.fail("Still there after the test: " + ", ".join(leaked))


@pytest.fixture(autouse=True)
def _stays_local() -> Iterator[None]:
    """Fail the test if it tried to reach the network, even where the refusal was swallowed."""
    before = len(audit.connections)
    yield
    if len(audit.connections) > before:
        pytest.fail("Reached for the network: " + ", ".join(audit.connections[before:]))


@pytest.fixture
def unpickled() -> list[str]:
    """What unpicklers look up during this test (``module.name``); empty at its start."""
    audit.unpickled.clear()
    return audit.unpickled


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real images (``../shared/data``, or where FOVEA_TEST_IMAGES points)."""
    folder = Path(os.environ.get("FOVEA_TEST_IMAGES", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real images are not here: {folder} (FOVEA_TEST_IMAGES may name the folder)")
    return folder
