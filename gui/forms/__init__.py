"""Forms built from the declarations of parameters; nothing here knows a particular setting."""

from gui.forms.form import SpecForm

__all__ = ["SpecForm"]
