"""Is the winner of a search better, or was it lucky? The panel that checks it and applies it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from engine.errors import FoveaError
from engine.tune.confirm.events import CheckFinished, CheckRunDone, CheckRunStarted, CheckStarted
from engine.tune.confirm.plan import ConfirmPlan
from engine.tune.confirm.words import apply_words, headline, sentences
from engine.tune.folder import StudyFolder
from engine.tune.storage import UnusableStudy
from gui.check_job import CheckJob
from gui.forms import SpecForm
from gui.job import Job
from gui.numbers import duration
from gui.pages.base import Session
from gui.pages.tune.winner_drawing import MARKS
from gui.pages.tune.winner_lines import OVERTUNING, Remark, tone_of
from gui.pages.tune.winner_table import CandidateTable
from gui.pages.tune.winner_work import Winner, WinnerWork
from gui.theme.tokens import SPACE
from gui.widgets import (
    STRETCH,
    ElidedLabel,
    PrimaryButton,
    ProblemBox,
    button,
    column,
    hand_on,
    label,
    row,
    scroll,
)

__all__ = ["WinnerPanel"]

_NO_STUDY = "Choose a study: its best trials can be trained again here, beside the present project."
_NO_TRIAL = "The check needs a complete trial. Let the search go on until some are."
_EXPLAINED = (
    "The best of many trials is partly the luckiest. The check trains the best ones again, and the "
    "project as it is with the same seeds, none of which the search has seen."
)


class WinnerPanel(QWidget):
    """The check of a study's winners: its plan, its progress, its answer, and Apply.

    :meth:`show_study` turns to a study. What is wrong, or stands against applying a trial, is said
    in place; a click on Apply is one undo step.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.document, self.runner = session.document, session.runner
        self.setAccessibleName("Check of the winner")
        self._study: StudyFolder | None = None
        self._winner: Winner | None = None
        self._error: FoveaError | None = None
        self._stale = False
        self._plan = ConfirmPlan()
        self.work = WinnerWork(self.runner, self)
        self._make()
        self._lay_out()
        self._connect()
        self.show_study(None)

    def _make(self) -> None:
        self.intro = label("", "muted", wrap=True)
        self.form = SpecForm(ConfirmPlan, stacked=False)
        self.form.set_value(self._plan)
        self.cost = label("", "caption", wrap=True)
        self.start = PrimaryButton("Check the winner")
        self.refusal = label("", "caption", wrap=True)
        self.answer = Remark("section")
        self.table = CandidateTable()
        self.marks = label(MARKS, "caption", wrap=True)
        self.told = label("", "", wrap=True, select=True)
        self.aside = Remark()
        self.problem = ProblemBox()
        self.progress = QProgressBar(textVisible=False)
        self.progress.setAccessibleName("Progress of the check")
        self.progress.setFixedHeight(SPACE - 2)
        self.doing = ElidedLabel("", "caption")
        self.stop = button("Stop", self._on_stop, icon="square")
        hand_on(self.start, self.stop)
        hand_on(self.stop, self.start)
        self.stop.setToolTip("Stops after the step in hand; the check goes on where it was.")
        self.evidence = Remark()
        self.apply = button("Apply", self._on_apply, icon="check")
        self.explain = button("What over-tuning is", self._on_explain, look="link")
        self.explained = label(OVERTUNING, "muted", wrap=True)
        self.explained.hide()

    def _lay_out(self) -> None:
        self.busy = QWidget()
        foot = row(self.doing, self.stop)
        foot.setStretch(0, 1)
        self.busy.setLayout(column(self.progress, foot, gap=SPACE // 2))
        self.asking = QWidget()
        begin = row(self.start, self.cost)
        begin.setStretch(1, 1)
        self.asking.setLayout(column(self.form, begin, self.refusal))
        self.applying = QWidget()
        use = row(self.apply, self.evidence, STRETCH)
        use.setStretch(1, 100)  # as much as the words need, and none where there are none
        self.applying.setLayout(use)
        self.result = QWidget()
        self.result.setLayout(
            column(self.answer, self.table, self.marks, self.told, self.aside, self.applying)
        )
        for part in (self.form, self.result):
            part.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        parts = (self.problem, self.busy, self.result, self.intro, self.asking)
        more = row(self.explain, STRETCH)
        inside = column(*parts, more, self.explained, STRETCH, gap=2 * SPACE, margin=SPACE)
        self._area = scroll(inside)
        self.setLayout(column(self._area))

    def _connect(self) -> None:
        self.form.edited.connect(self._on_plan)
        self.start.clicked.connect(lambda: self.check())
        self.table.chosen.connect(lambda _trial: self._show_evidence())
        self.work.looked.connect(self._on_looked)
        self.work.failed.connect(self._on_unreadable)
        self.document.changed.connect(lambda *_: self.refresh())
        self.runner.check_events.connect(self._on_events)
        self.runner.state_changed.connect(self._on_job)

    # What it shows

    def show_study(self, study: StudyFolder | None) -> None:
        """Turns to another study, or to none."""
        self._study, self._winner = study, None
        self.work.leave()
        self._complain(None)
        self._show()
        self.refresh()

    def refresh(self) -> None:
        """Reads the study and its check again, after an edit or when trials were added: at once if
        anybody looks, else when somebody does.
        """
        project = self.document.project
        self._stale = not self.isVisible()
        if self._study is not None and project is not None and not self._stale:
            self.work.read(self._study, project)

    def showEvent(self, event: QShowEvent) -> None:
        """Reads what was not read while nobody looked."""
        super().showEvent(event)
        if self._stale:
            self.refresh()

    def _on_looked(self, winner: Winner) -> None:
        self._winner = winner
        self.problem.show_error(self._error or winner.error)
        self._show()

    def _on_unreadable(self, error: FoveaError) -> None:
        """The page tells what is wrong with the file of the trials, and what can be done."""
        self._complain(None if isinstance(error, UnusableStudy) else error)
        self.intro.setText(error.what)

    def _complain(self, error: FoveaError | None) -> None:
        """Shows what went wrong until something else is begun; None takes it away."""
        self._error = error
        self.problem.show_error(error)

    def _show(self) -> None:
        winner, running = self._winner, self.running
        found = winner.found if winner is not None else None
        self.busy.setVisible(running)
        self.result.setVisible(found is not None)
        self.asking.setVisible(winner is not None and winner.best is not None and not running)
        self.intro.setText(self._intro())
        self.intro.setVisible(found is None and not running)
        if winner is not None and winner.record is not None and found is not None:
            self.answer.say(headline(found), tone_of(found))
            self.table.show_judgement(winner.record, found)
            self.told.setText(" ".join(list(sentences(found))[1:]))
            self.told.setVisible(bool(self.told.text()))
            self._show_aside(winner)
        self._show_evidence()
        self._enable()

    def _intro(self) -> str:
        if self._study is None:
            return _NO_STUDY
        if self._winner is None:
            return "Reading the study…"
        return _EXPLAINED if self._winner.best is not None else _NO_TRIAL

    def _show_aside(self, winner: Winner) -> None:
        """That the answer is about another project than the present one, where it is."""
        record, words = winner.record, ""
        assert record is not None
        taken = winner.same & {arm.trial for arm in record.candidates}
        if not winner.holds and taken:
            words = f"The project has the settings of trial {min(taken)} now."
        elif not winner.holds:
            words = "The project was changed since: the answer is about the project as it was then."
        self.aside.say(words, "plain" if taken else "warning")

    def _show_evidence(self) -> None:
        """What stands against applying the marked trial, before anybody clicks."""
        winner = self._winner
        trial = self._chosen()
        self.applying.setVisible(trial is not None and winner is not None)
        if winner is None or trial is None:
            return
        self.apply.setText(f"Apply trial {trial}")
        there = trial in winner.same
        self.apply.setEnabled(not there and not self.document.read_only)
        self.apply.setToolTip(
            "The project has these settings."
            if there
            else self.document.read_only or "Gives the project its settings, as one undo step."
        )
        words = apply_words(winner.found if winner.holds else None, trial)
        if there or not self._stands(winner):
            words = ""
        self.evidence.say(words, "warning")

    def _stands(self, winner: Winner) -> bool:
        return winner.found is not None

    def _chosen(self) -> int | None:
        return self.table.trial if self._winner is not None and self._winner.found else None

    def _enable(self) -> None:
        winner, reason = self._winner, self._reason()
        self.start.setEnabled(not reason)
        self.refusal.setText(reason)
        self.refusal.setVisible(bool(reason))
        record = winner.record if winner is not None else None
        words = "Check again" if record is not None else "Check the winner"
        goes_on = record is not None and record.status == "open"
        self.start.setText("Go on with the check" if goes_on else words)
        runs = (self._plan.best + 1) * self._plan.seeds
        words = f"{runs:,} runs"
        if winner is not None and winner.seconds is not None:
            words += f", about {duration(runs * winner.seconds)} by the trials of the search"
        self.cost.setText(f"{words}; runs that are done are not repeated.")

    def _reason(self) -> str:
        """Why no check can begin now; empty where it can."""
        job = self.runner.job
        if self.document.project is None or self._winner is None:
            return "Open a project first." if self.document.project is None else ""
        if job.active:
            return f"A {job.what} is running: stop it, or wait for its end."
        return ""

    # The check

    @property
    def running(self) -> bool:
        """Whether the check of this very study is being run here."""
        job = self.runner.job
        if not job.active or not isinstance(job.search, CheckJob) or self._study is None:
            return False
        return job.search.study == self._study.name and job.folder == self.document.folder

    def check(self) -> None:
        """Begins the check of the present project, or goes on with it."""
        project, folder, study = self.document.project, self.document.folder, self._study
        if project is None or folder is None or study is None or self._reason():
            return
        self._complain(None)
        try:
            self.runner.start_check(study, folder, project, self._plan)
        except FoveaError as error:
            self._complain(error)

    def _on_stop(self) -> None:
        self.stop.setEnabled(False)
        self.runner.stop()

    def _on_plan(self, plan: ConfirmPlan, _name: str) -> None:
        self._plan = plan
        self._enable()

    def _on_events(self, events: list[Any]) -> None:
        if not self.running:
            return
        for event in events:
            if isinstance(event, CheckStarted):
                self._show_runs(event.done, event.runs)
            elif isinstance(event, CheckRunStarted):
                whose = "the present project" if event.trial is None else f"trial {event.trial}"
                self.doing.setText(f"Training {whose}, run {event.member} of {event.members}")
            elif isinstance(event, CheckRunDone):
                self._show_runs(event.done, event.runs)
        if any(isinstance(event, (CheckRunDone, CheckFinished)) for event in events):
            self.refresh()

    def _show_runs(self, done: int, runs: int) -> None:
        self.progress.setRange(0, max(1, runs))
        self.progress.setValue(done)
        self.progress.setAccessibleDescription(f"{done} of {runs} runs")

    def _on_job(self, job: Job) -> None:
        own = isinstance(job.search, CheckJob)
        if job.phase == "starting" and own:
            self.stop.setEnabled(True)
            self.progress.setRange(0, 0)
            self.doing.setText("Preparing the check…")
        elif job.phase == "failed" and own:
            self._complain(job.error)
        self._show()
        if not job.active:
            self.refresh()

    # Applying

    def _on_apply(self) -> None:
        """Gives the project the settings of the marked trial, as one undo step."""
        from engine.tune.confirm.applying import applied

        project, winner, trial = self.document.project, self._winner, self._chosen()
        if project is None or winner is None or trial is None:
            return
        try:
            changed = applied(project, winner.study, winner.table, trial)
        except FoveaError as error:
            self._complain(error)
            return
        self._complain(None)
        self.document.apply(changed, f"Apply trial {trial}")

    def _on_explain(self) -> None:
        self.explained.setVisible(self.explained.isHidden())
        QTimer.singleShot(0, self, lambda: self._area.ensureWidgetVisible(self.explained))
