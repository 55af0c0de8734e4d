"""Forms built from the declarations of parameters; nothing here knows a particular setting."""

from gui.forms.form import SpecForm
from gui.forms.search import SearchField
from gui.forms.wording import change_of

__all__ = ["SearchField", "SpecForm", "change_of"]
