"""Small shared widgets; they know the theme and nothing of projects or runs."""

from gui.widgets.buttons import IconButton, PrimaryButton, button
from gui.widgets.card import Card, Chip
from gui.widgets.choice import Segmented, Switch
from gui.widgets.covers import Covers
from gui.widgets.focus import FocusKeeper, hand_on
from gui.widgets.layout import STRETCH, clear, column, row, scroll
from gui.widgets.number import NumberField, NumberRange, NumberSlider, format_number
from gui.widgets.question import Question
from gui.widgets.stack import Stack
from gui.widgets.states import Busy, BusyOverlay, EmptyState, ProblemBox
from gui.widgets.text import ElidedLabel, SectionHeader, label, restyle, rule
from gui.widgets.toast import Toast
from gui.widgets.turns import Turns

__all__ = [
    "STRETCH",
    "Busy",
    "BusyOverlay",
    "Card",
    "Chip",
    "Covers",
    "ElidedLabel",
    "EmptyState",
    "FocusKeeper",
    "IconButton",
    "NumberField",
    "NumberRange",
    "NumberSlider",
    "PrimaryButton",
    "ProblemBox",
    "Question",
    "SectionHeader",
    "Segmented",
    "Stack",
    "Switch",
    "Toast",
    "Turns",
    "button",
    "clear",
    "column",
    "format_number",
    "hand_on",
    "label",
    "restyle",
    "row",
    "rule",
    "scroll",
]
