"""The look that is on: light or dark, applied to the whole application at once."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTemporaryDir, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from gui.theme import icons
from gui.theme.restyling import Restyling
from gui.theme.stylesheet import stylesheet
from gui.theme.tokens import DARK, LIGHT, Colours, TextSizes

__all__ = ["MODES", "Theme", "theme"]

MODES = ("system", "light", "dark")
_FONTS = Path(__file__).resolve().parents[2] / "resources" / "fonts"
_MARKS = {"down": "chevron-down", "up": "chevron-up", "right": "chevron-right", "check": "check"}


class Theme(QObject):
    """Colours and text sizes of the moment, and the switch between System, Light and Dark.

    Widgets that paint themselves read :attr:`colours` while painting, or :meth:`follow` the
    theme. Everything else is styled by the stylesheet that :meth:`apply` sets. ``changed`` says
    that all that is seen has the colours of another theme; hidden widgets may still wait for them.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._mode = "system"
        self._colours = LIGHT
        self._sizes = TextSizes.from_system(10.0)
        self._folder = QTemporaryDir()
        atexit.register(self._folder.remove)  # Qt alone would leave it: no one deletes the theme
        self._following = False
        self._restyling = Restyling()
        self._restyling.seen.connect(self.changed)
        icons.use(self._colours)

    @property
    def mode(self) -> str:
        """What the person chose: ``"system"``, ``"light"`` or ``"dark"``."""
        return self._mode

    @property
    def colours(self) -> Colours:
        """The palette that is on."""
        return self._colours

    @property
    def sizes(self) -> TextSizes:
        """The three text sizes, in points."""
        return self._sizes

    @property
    def changing(self) -> bool:
        """Whether any widget, seen or hidden, still waits for the colours that are on."""
        return self._restyling.active

    def colour(self, name: str) -> QColor:
        """A colour of the palette by its name in :class:`Colours`."""
        return QColor(getattr(self._colours, name))

    def series_colour(self, index: int) -> QColor:
        """The colour of curve, run or class number ``index``; the same thing everywhere."""
        return QColor(self._colours.series[index % len(self._colours.series)])

    @contextmanager
    def lent(self, colours: Colours) -> Iterator[None]:
        """Other colours for what is painted meanwhile: a drawing on paper is light at night, too.

        Widgets are not told and keep theirs.
        """
        before, self._colours = self._colours, colours
        icons.use(colours)
        try:
            yield
        finally:
            self._colours = before
            icons.use(before)

    def font(self, size: str = "body", *, bold: bool = False, mono: bool = False) -> QFont:
        """A font in one of the three sizes: ``"small"``, ``"body"`` or ``"title"``."""
        font = QFont(QApplication.font())
        if mono:
            font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(getattr(self._sizes, size))
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return font

    def follow(self, method: Callable[[], object]) -> None:
        """Calls a widget's (or another QObject's) ``method`` after each change of colours.

        A hidden widget is told later, when there is time, but before it is shown. Needed for what
        holds colours, such as pictures and items; a widget that reads :attr:`colours` while
        painting is painted anew by itself.
        """
        self._restyling.follow(method)

    def set_mode(self, mode: str, *, at_once: bool = True) -> None:
        """Switches to one of :data:`MODES`; emits :attr:`changed` when colours change.

        ``at_once`` restyles everything that is seen before this returns, which holds the window.
        Otherwise the event loop does it in a few turns; until then windows are not painted anew.
        """
        if mode not in MODES:
            raise ValueError(f"theme mode {mode!r}: expected one of {MODES}")
        self._mode = mode
        self._refresh(at_once=at_once)

    def apply(self, app: QApplication) -> None:
        """Takes over the application's style, palette, font and stylesheet; called once."""
        app.setStyle("Fusion")
        points = app.font().pointSizeF()
        self._sizes = TextSizes.from_system(points if points > 0 else 10.0)
        app.setFont(self._app_font(app.font()))
        hints = QGuiApplication.styleHints()
        if hints is not None and not self._following:
            hints.colorSchemeChanged.connect(self._refresh)
            self._following = True
        self._paint(app)

    def _app_font(self, system: QFont) -> QFont:
        families = [
            family
            for path in sorted(_FONTS.glob("*.[to]tf"))
            for family in QFontDatabase.applicationFontFamilies(
                QFontDatabase.addApplicationFont(str(path))
            )
        ]
        text = [family for family in families if "mono" not in family.lower()]
        font = QFont(text[0] if text else system.family())
        font.setPointSizeF(self._sizes.body)
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        return font

    def _wanted(self) -> Colours:
        if self._mode == "system":
            hints = QGuiApplication.styleHints()
            dark = hints is not None and hints.colorScheme() == Qt.ColorScheme.Dark
            return DARK if dark else LIGHT
        return DARK if self._mode == "dark" else LIGHT

    def _refresh(self, *, at_once: bool = False) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication) and self._wanted() is not self._colours:
            self._paint(app, at_once=at_once)

    def _paint(self, app: QApplication, *, at_once: bool = True) -> None:
        self._colours = self._wanted()
        icons.use(self._colours)
        sheet = stylesheet(self._colours, self._sizes, self._marks())
        self._restyling.begin(app, _palette(self._colours), sheet, at_once=at_once)

    def _marks(self) -> dict[str, str]:
        """Files of the few marks that a stylesheet can only take from a file, by name."""
        files = {}
        for name, source in _MARKS.items():
            for colour in ("muted", "on_accent"):
                value = getattr(self._colours, colour)
                path = Path(self._folder.filePath(f"{name}-{value[1:]}.svg"))
                if not path.exists():
                    path.write_bytes(icons.svg(source, value))
                files[f"{name}_{colour}"] = path.as_posix()
        return files


def _palette(colours: Colours) -> QPalette:
    roles = QPalette.ColorRole
    palette = QPalette()
    values = {
        roles.Window: colours.window,
        roles.WindowText: colours.text,
        roles.Base: colours.surface,
        roles.AlternateBase: colours.raised,
        roles.Text: colours.text,
        roles.Button: colours.surface,
        roles.ButtonText: colours.text,
        roles.BrightText: colours.danger,
        roles.Highlight: colours.accent,
        roles.HighlightedText: colours.on_accent,
        roles.ToolTipBase: colours.raised,
        roles.ToolTipText: colours.text,
        roles.PlaceholderText: colours.muted,
        roles.Link: colours.link,
        roles.Accent: colours.accent,
        roles.Light: colours.surface,
        roles.Mid: colours.border,
        roles.Dark: colours.outline,
        roles.Shadow: colours.sunken,
    }
    for role, value in values.items():
        palette.setColor(role, QColor(value))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours.disabled))
    return palette


@cache
def theme() -> Theme:
    """The application's one theme."""
    return Theme()
