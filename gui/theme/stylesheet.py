"""The application's stylesheet, written from the tokens.

Pages never style: they use widgets of :mod:`gui.widgets`, whose dynamic property ``look`` is what
the rules below select (``look="card"``, ``look="primary"``, ``look="muted"``, …).
"""

from __future__ import annotations

from string import Template

from gui.theme.tokens import RADIUS, Colours, TextSizes

__all__ = ["stylesheet"]

_BASE = """
QMainWindow, QDialog, QWidget[look="page"] { background: $window; }
QWidget { color: $text; }
QWidget:disabled { color: $disabled; }
QLabel { background: transparent; }
QLabel[look="title"] { font-size: ${title}pt; font-weight: 600; }
QLabel[look="section"] { font-weight: 600; }
QLabel[look="figure"] { font-size: ${title}pt; font-weight: 600; }
QLabel[look="muted"] { color: $muted; }
QLabel[look="caption"] { color: $muted; font-size: ${small}pt; }
QLabel[look="error"] { color: $danger; font-size: ${small}pt; }
QLabel[look="mono"] { font-family: "JetBrains Mono", "DejaVu Sans Mono", monospace; }
QFrame[look="card"] { background: $surface; border: 1px solid $border; border-radius: ${r}px; }
QFrame[look="group"] { background: $raised; border: 1px solid $outline; border-radius: ${r}px; }
QFrame[look="card"][selected="true"], QFrame[look="group"][selected="true"] {
    border: 1px solid $link; }
QFrame[look="well"] { background: $sunken; border: 0; border-radius: ${r}px; }
QFrame[look="rule"] { background: $border; border: 0; max-height: 1px; min-height: 1px; }
QFrame[look="problem"] { background: $danger_soft; border: 1px solid $danger;
    border-radius: ${r}px; }
QFrame[look="notice"] { background: $warning_soft; border: 1px solid $warning;
    border-radius: ${r}px; }
QFrame[look="toast"] { background: $raised; border: 1px solid $outline; border-radius: ${r}px; }
QFrame[look="popup"] { background: $surface; border: 1px solid $outline; border-radius: ${r}px; }
QLabel[look="hint"] { background: $raised; border: 1px solid $outline; border-radius: ${rc}px;
    padding: 4px 8px; }
QFrame[look="chip"] { background: $raised; border: 1px solid $border; border-radius: 11px; }
QFrame[look="chip"][tone="success"] { background: $success_soft; border-color: $success_soft; }
QFrame[look="chip"][tone="warning"] { background: $warning_soft; border-color: $warning_soft; }
QFrame[look="chip"][tone="danger"] { background: $danger_soft; border-color: $danger_soft; }
QFrame[look="chip"][tone="accent"] { background: $accent_soft; border-color: $accent_soft; }
QFrame[look="chip"] QLabel { font-size: ${small}pt; }
QFrame[look="chip"][tone="success"] QLabel { color: $success; }
QFrame[look="chip"][tone="warning"] QLabel { color: $warning; }
QFrame[look="chip"][tone="danger"] QLabel { color: $danger; }
QFrame[look="chip"][tone="accent"] QLabel { color: $link; }
QToolTip { background: $raised; color: $text; border: 1px solid $outline; padding: 5px 7px; }
"""

_BUTTONS = """
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QPushButton { background: $surface; border: 1px solid $outline; border-radius: ${rc}px;
    padding: 5px 14px; min-height: 20px; }
QPushButton:hover { background: $raised; }
QPushButton:pressed { background: $sunken; }
QPushButton:focus { border: 2px solid $link; padding: 4px 13px; }
QPushButton:disabled { color: $disabled; border-color: $border; background: transparent; }
QPushButton[look="primary"], QDialog QPushButton:default { background: $accent; color: $on_accent;
    border: 1px solid $accent; font-weight: 600; }
QPushButton[look="primary"]:hover, QDialog QPushButton:default:hover {
    background: $accent_hover; border-color: $accent_hover; }
QPushButton[look="primary"]:focus { border: 2px solid $text; }
QPushButton[look="primary"]:disabled { background: $raised; color: $disabled;
    border-color: $border; }
QPushButton[look="danger"] { color: $danger; border-color: $danger; }
QPushButton[look="danger"]:hover { background: $danger_soft; }
QPushButton[look="link"] { border: 1px solid transparent; background: transparent; color: $link;
    padding: 3px 4px; text-align: left; }
QPushButton[look="link"]:hover { background: $accent_soft; }
QPushButton[look="link"]:focus { border: 1px solid $link; }
QPushButton[look="fold"] { border: 1px solid transparent; background: transparent;
    padding: 4px 2px; text-align: left; font-weight: 600; }
QPushButton[look="fold"]:hover { background: $raised; }
QPushButton[look="fold"]:focus { border: 1px solid $link; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: ${rc}px;
    padding: 4px; }
QToolButton:hover { background: $raised; }
QToolButton:pressed, QToolButton:checked { background: $accent_soft; }
QToolButton:focus { border: 1px solid $link; }
QToolButton:disabled { color: $disabled; }
QToolButton[look="toggle"] { border: 1px solid $border; padding: 2px 9px; color: $muted; }
QToolButton[look="toggle"]:checked { color: $text; border-color: $link; }
QToolButton[look="toggle"]:focus { border: 2px solid $link; padding: 1px 8px; }
QToolButton::menu-indicator { image: none; width: 0; }
QFrame[look="segments"] { background: $sunken; border: 1px solid $border;
    border-radius: ${rc}px; }
QFrame[look="segments"] QToolButton { padding: 3px 10px; border-radius: 5px; color: $muted; }
QFrame[look="segments"] QToolButton:hover { color: $text; background: transparent; }
QFrame[look="segments"] QToolButton:checked { background: $surface; color: $text;
    border: 1px solid $border; }
QFrame[look="segments"] QToolButton:focus { border: 1px solid $link; }
"""

_INPUT = """
QLineEdit, QAbstractSpinBox, QComboBox, QPlainTextEdit, QTextEdit { background: $surface;
    border: 1px solid $outline; border-radius: ${rc}px; padding: 3px 8px; min-height: 20px;
    selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus, QTextEdit:focus {
    border: 2px solid $link; padding: 2px 7px; }
QPlainTextEdit[look="code"] { font-family: "JetBrains Mono", "DejaVu Sans Mono", monospace;
    font-size: ${small}pt; border: 0; border-top: 1px solid $border; border-radius: 0; }
QPlainTextEdit[look="code"]::corner { background: $surface; border: 0; }
QPlainTextEdit[look="code"]:focus { border: 2px solid $link; padding: 2px 7px; }
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled { background: $window;
    border-color: $border; color: $disabled; }
QLineEdit[wrong="true"], QComboBox[wrong="true"] { border: 1px solid $danger; }
QComboBox { combobox-popup: 0; }
QComboBox::drop-down { border: 0; width: 22px; }
QComboBox::down-arrow { image: url("$down_muted"); width: 14px; height: 14px; }
QComboBox QAbstractItemView { background: $surface; border: 1px solid $outline;
    selection-background-color: $accent_soft; selection-color: $text; outline: 0; padding: 4px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { border: 0; width: 18px; }
QAbstractSpinBox::up-arrow { image: url("$up_muted"); width: 12px; height: 12px; }
QAbstractSpinBox::down-arrow { image: url("$down_muted"); width: 12px; height: 12px; }
QCheckBox, QRadioButton { spacing: 8px; padding: 2px; border: 1px solid transparent;
    border-radius: 4px; }
QCheckBox:focus, QRadioButton:focus { border: 1px solid $link; }
QCheckBox::indicator, QAbstractItemView::indicator {
    width: 16px; height: 16px; border: 1px solid $outline; border-radius: 4px;
    background: $surface; }
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked {
    background: $accent; border-color: $accent; image: url("$check_on_accent"); }
QAbstractItemView::indicator { width: 11px; height: 11px; }
QCheckBox::indicator:disabled { border-color: $border; background: $window; }
QRadioButton::indicator { width: 14px; height: 14px; border: 1px solid $outline;
    border-radius: 8px; background: $surface; }
QRadioButton::indicator:checked { border: 5px solid $accent; width: 6px; height: 6px; }
QSlider { min-height: 22px; }
QSlider::groove:horizontal { height: 4px; background: $border; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::sub-page:horizontal:disabled { background: $outline; }
QSlider::handle:horizontal { width: 14px; height: 14px; margin: -6px 0; border-radius: 8px;
    background: $on_accent; border: 1px solid $outline; }
QSlider::handle:horizontal:hover { border-color: $link; }
QSlider::handle:horizontal:focus { border: 2px solid $link; }
QSlider::handle:horizontal:disabled { background: $window; border-color: $border; }
QProgressBar { background: $border; border: 0; border-radius: 3px; min-height: 6px;
    max-height: 6px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
"""

_VIEWS = """
QAbstractItemView { background: $surface; alternate-background-color: $raised; border: 0;
    selection-background-color: $accent_soft; selection-color: $text; outline: 0; }
QAbstractItemView::item:focus { border: 1px solid $link; }
QTableView { gridline-color: $border; }
QHeaderView::section { background: $surface; color: $muted; border: 0;
    border-bottom: 1px solid $border; padding: 5px 3px; font-weight: 600; }
QTableCornerButton::section { background: $surface; border: 0; }
QScrollArea, QScrollArea > QWidget > QWidget[look="plain"] { background: transparent; border: 0; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle { background: $outline; border-radius: 4px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: $muted; }
QAbstractScrollArea::corner { background: transparent; border: 0; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: $window; }
QSplitter::handle:hover { background: $accent_soft; }
QTabWidget::pane { border: 0; border-top: 1px solid $border; }
QTabBar::tab { background: transparent; color: $muted; padding: 7px 14px;
    border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom-color: $link; font-weight: 600; }
QTabBar::tab:focus { background: $accent_soft; }
QMenuBar { background: $surface; color: $text; border-bottom: 1px solid $border; padding: 2px 6px; }
QMenuBar::item { padding: 4px 10px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: $raised; }
QMenu { background: $surface; border: 1px solid $outline; border-radius: ${rc}px; padding: 5px; }
QMenu::item { padding: 5px 28px 5px 12px; border-radius: 4px; }
QMenu::item:selected { background: $accent_soft; }
QMenu::item:disabled { color: $disabled; }
QMenu::separator { height: 1px; background: $border; margin: 5px 8px; }
"""

_SHELL = """
QWidget#rail { background: $sunken; border: 0; border-right: 1px solid $border; }
QToolButton[look="rail"] { color: $muted; font-size: ${small}pt; border-radius: ${r}px;
    border: 1px solid transparent; padding: 7px 2px 5px 2px; }
QToolButton[look="rail"]:hover { background: $raised; color: $text; }
QToolButton[look="rail"]:checked { background: $accent_soft; color: $link; font-weight: 600; }
QToolButton[look="rail"]:focus { border: 1px solid $link; }
QWidget#topbar { background: $surface; border: 0; border-bottom: 1px solid $border; }
QWidget#jobbar { background: $surface; border: 0; border-top: 1px solid $border; }
QWidget#jobbar:hover { background: $raised; }
QFrame[look="drop"] { background: $surface; border: 2px dashed $outline; border-radius: ${r}px; }
QFrame[look="drop"][hot="true"] { border: 2px dashed $link; background: $accent_soft; }
QPushButton[look="row"] { background: transparent; border: 1px solid transparent;
    border-radius: ${rc}px; padding: 8px; text-align: left; }
QPushButton[look="row"]:hover { background: $raised; }
QPushButton[look="row"]:focus { border: 1px solid $link; }
"""


def stylesheet(colours: Colours, sizes: TextSizes, marks: dict[str, str]) -> str:
    """The whole stylesheet; ``marks`` are files of arrows and ticks, by the names used above."""
    values = {name: getattr(colours, name) for name in colours.__dataclass_fields__}
    values |= {"small": sizes.small, "body": sizes.body, "title": sizes.title}
    values |= {"r": RADIUS, "rc": RADIUS - 2}
    text = _BASE + _BUTTONS + _INPUT + _VIEWS + _SHELL
    return Template(text).substitute(values | marks)
