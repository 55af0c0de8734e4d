"""What the Tune page changes in the project, each as one undo step."""

from __future__ import annotations

from engine.errors import FoveaError
from engine.search import EMPTY, Searched
from engine.tune.table import TrialRow
from gui.pages.base import Session
from gui.pages.tune.row_facts import row_title

__all__ = ["Edits"]


class Edits:
    """Ranges, presets, and the settings of a trial."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._document = session.document

    def put(self, entry: Searched) -> None:
        """Takes another range of a row."""
        project = self._document.project
        if project is None:
            return
        what = row_title(entry.address, self._session.tuning.declared(entry.address))
        plain = what if what[1:2].isupper() else what[:1].lower() + what[1:]
        changed = project.with_(search=project.search.putting(entry))
        self._document.apply(changed, f"Change range of {plain}", f"search.{entry.address}")

    def take_preset(self, name: str) -> None:
        """Replaces the search space by a preset; an empty name empties it."""
        from engine.project.search_presets import PRESETS, preset

        project = self._document.project
        if project is None:
            return
        space, what = EMPTY, "Search nothing"
        if name:
            space, what = preset(project, name), f"Search preset “{PRESETS[name].title}”"
            if not space:
                self._session.toast("This preset has nothing to search in the project as it is.")
                return
        self._document.apply(project.with_(search=space), what)

    def apply(self, trial: TrialRow, study: str) -> None:
        """Gives the project the settings of a trial of a study."""
        from engine.project.searching import with_choices

        project = self._document.project
        if project is None:
            return
        try:
            changed = with_choices(project, trial.settings)
        except FoveaError as error:
            self._session.error(error)
            return
        if changed == project:
            words = f"The project has the settings of trial {trial.number} already."
            self._session.toast(words)
            return
        self._document.apply(changed, f"Apply trial {trial.number} of {study}")
        self._session.toast(f"The project has the settings of trial {trial.number}.", "success")
