"""Forms built from the declarations of parameters; nothing here knows a particular setting."""

from gui.forms.form import SpecForm
from gui.forms.mark import TunedMark
from gui.forms.ranges import choice_words, number_words, range_words
from gui.forms.search import SearchField
from gui.forms.wording import change_of

__all__ = [
    "SearchField",
    "SpecForm",
    "TunedMark",
    "change_of",
    "choice_words",
    "number_words",
    "range_words",
]
