"""A table of paths and labels (CSV, or separated by semicolons or tabs)."""

from __future__ import annotations

import csv
import io
import os
from collections import defaultdict
from pathlib import Path

from engine.data.manifest import Finding, Severity
from engine.data.paths import shown
from engine.data.sources.listing import Entry, Listing, Progress, check_names, natural, split_of
from engine.errors import FoveaError

__all__ = ["is_label_table", "list_table"]

LIMIT = 200_000_000
_SEPARATORS = (";", "|")
_NAMED = 20
"""How many rows a finding's sentence numbers; its list has all."""
_SEVERAL = "\x1f"  # stands between classes in our own texts: no name holds it
_YES, _NO = ("1", "1.0", "true", "True", "TRUE"), ("0", "0.0", "false", "False", "FALSE")
_COLUMNS = {
    "path": ("path", "file", "filename", "file_name", "filepath", "image", "image_path", "img"),
    "label": ("label", "class", "category", "target", "diagnosis", "class_name"),
    "group": ("group", "patient", "patient_id", "subject", "slide", "plate"),
    "split": ("split", "set", "subset", "fold", "partition"),
}


def list_table(file: Path, progress: Progress) -> Listing:
    """The images that a table names, with paths relative to the table's folder.

    Columns ``path`` and ``label``, and if present ``group`` and ``split`` (or a near synonym, in
    any case). Where any label holds ``;`` or ``|``, each image can have several, separated by them;
    so it is too where there is no label, but a column of 0 and 1 for each class. Rows that cannot
    be used are left out and listed with their numbers as a spreadsheet shows them. Raises
    FoveaError FV-D006 when the columns are missing or no row can be used.
    """
    rows = _rows(file)
    columns = _columns(rows[0] if rows else [])
    marks = {} if "label" in columns else _mark_columns(rows, columns)
    if "path" not in columns or ("label" not in columns and not marks):
        raise _unusable(
            file,
            f"The first row has the columns {', '.join(rows[0][:12]) if rows else 'of nothing'}.",
        )
    reader = _Reader(file, columns, marks)
    for number, row in enumerate(rows[1:], start=2):
        if number % 500 == 0:
            progress(number, len(rows), "Reading the table")
        if any(cell.strip() for cell in row):
            reader.take(number, row)
    if not reader.found:
        raise _unusable(file, "None of its rows names an existing file and a label.")
    return reader.listing()


def is_label_table(file: Path) -> bool:
    """Whether the first row of a file has the two columns."""
    try:
        with open(file, "rb") as stream:
            head = _text(stream.read(10_000)).splitlines()[:1]
    except OSError:
        return False
    cells = next(csv.reader(head, delimiter=_delimiter(head[0])), []) if head else []
    return {"path", "label"} <= set(_columns(cells))


class _Reader:
    """Collects the usable rows; the others go to a list by reason.

    ``marks`` are the columns of 0 and 1 by class; empty where there is a label.
    """

    def __init__(self, file: Path, columns: dict[str, int], marks: dict[str, int]) -> None:
        self.folder = file.parent
        self.file = file
        self.columns = columns
        self.marks = marks
        self.labels: dict[str, str] = {}
        self.found: dict[str, tuple[str, str, str]] = {}
        self.rows_of: dict[str, int] = {}
        self.refused: dict[str, list[tuple[int, str]]] = defaultdict(list)

    def take(self, number: int, row: list[str]) -> None:
        """Uses one row or notes why not."""
        written, label = self._cell(row, "path"), self._label(row)
        path = self._resolve(written)
        word = self._cell(row, "split")
        split = split_of(word)
        if not written or not (label or self.marks):
            self.refused["empty_cell"].append((number, written))
        elif path is None:
            self.refused["outside"].append((number, written))
        elif not os.path.isfile(self.folder / path):
            self.refused["missing"].append((number, written))
        elif path in self.found and self.labels[path] != label:
            self.refused["conflict"].append((number, written))
        elif path in self.found:
            self.refused["repeated"].append((number, written))
        else:
            if word and not split:
                self.refused["unknown_split"].append((number, word))
            self.labels[path] = label
            self.found[path] = (label, split, self._cell(row, "group"))

    def _label(self, row: list[str]) -> str:
        """What the row says about the classes, as one text; empty for nothing."""
        if not self.marks:
            return self._cell(row, "label")
        there = [name for name, at in self.marks.items() if row[at : at + 1] and _one(row[at])]
        return _SEVERAL.join(there)

    def _cell(self, row: list[str], name: str) -> str:
        index = self.columns.get(name, -1)
        return row[index].strip() if 0 <= index < len(row) else ""

    def _resolve(self, written: str) -> str | None:
        """The path below the table's folder with forward slashes, None when it leads out of it."""
        if written.startswith(("\\\\", "//")):
            return None  # a share on the network is never touched
        name = written if os.path.exists(self.folder / written) else written.replace("\\", "/")
        full = os.path.normpath(self.folder / name)
        try:
            real, inside = os.path.realpath(full), os.path.realpath(self.folder)
            if os.path.commonpath([real, inside]) != inside:
                return None
            return Path(os.path.relpath(full, self.folder)).as_posix()
        except ValueError:  # another drive, or a null character
            return None

    def listing(self) -> Listing:
        """All usable rows with the classes in natural order; columns of classes in theirs."""
        texts = set(self.labels.values())
        multi = bool(self.marks) or any(mark in text for text in texts for mark in _SEPARATORS)
        parts = {text: _apart(text) if multi else (text,) for text in texts}
        known = set(self.marks) or {name for names in parts.values() for name in names}
        check_names(known, self.file)
        names = list(self.marks) or sorted(known, key=natural)
        number = {name: index for index, name in enumerate(names)}
        result = Listing("csv", self.folder, tuple(shown(name) for name in names))
        for path, (text, split, group) in self.found.items():
            labels = tuple(sorted({number[name] for name in parts[text]}))
            own = labels if multi else None
            result.entries.append(Entry(path, next(iter(labels), -1), split, group, own))
        result.findings = [
            _finding(kind, rows) for kind, rows in self.refused.items() if kind in _REASONS
        ]
        return result


_REASONS: dict[str, tuple[Severity, str]] = {
    "empty_cell": ("warning", "No path or no label, left out"),
    "outside": ("error", "A file outside of the table's folder, left out"),
    "missing": ("warning", "A file that does not exist, left out"),
    "conflict": ("error", "Another label for the image of an earlier row, which holds"),
    "repeated": ("note", "Repeats of an earlier row, left out"),
    "unknown_split": ("warning", "A split other than train, val or test, drawn instead"),
}


def _apart(text: str) -> tuple[str, ...]:
    """The classes in a label that holds several."""
    for mark in _SEPARATORS:
        text = text.replace(mark, _SEVERAL)
    return tuple(name for part in text.split(_SEVERAL) if (name := part.strip()))


def _one(cell: str) -> bool:
    return cell.strip() in _YES


def _mark_columns(rows: list[list[str]], columns: dict[str, int]) -> dict[str, int]:
    """The columns by class of a table that marks the classes with 0 and 1; empty for none.

    At least two columns, of which all cells are 0 or 1; other columns, such as an age, are passed
    over. Names that are there twice make no classes.
    """
    head = [cell.strip() for cell in rows[0]] if rows else []
    free = [at for at, name in enumerate(head) if name and at not in columns.values()]
    body = [row for row in rows[1:] if any(cell.strip() for cell in row)]
    marks = [at for at in free if body and all(_is_mark(row, at) for row in body)]
    names = [head[at] for at in marks]
    return dict(zip(names, marks, strict=True)) if len(set(names)) == len(names) > 1 else {}


def _is_mark(row: list[str], at: int) -> bool:
    return at < len(row) and row[at].strip() in (*_YES, *_NO)


def _finding(kind: str, rows: list[tuple[int, str]]) -> Finding:
    severity, words = _REASONS[kind]
    numbers = ", ".join(str(number) for number, _ in rows[:_NAMED])
    more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
    rows_of = "1 row" if len(rows) == 1 else f"{len(rows)} rows"
    message = f"{words}: {rows_of} of the table ({numbers}{more})."
    names = tuple(f"row {number}: {shown(text)}" for number, text in rows)
    return Finding(kind, severity, message, names)


def _rows(file: Path) -> list[list[str]]:
    try:
        if file.stat().st_size > LIMIT:
            raise _unusable(file, f"The file has more than {LIMIT:,} bytes.")
        text = _text(file.read_bytes())
    except OSError as error:
        raise _unusable(file, f"The file cannot be read: {error.strerror or error}.") from None
    delimiter = _delimiter(text.split("\n", 1)[0])
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise _unusable(file, f"It is not a table: {error}.") from None


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")  # what older spreadsheets write


def _delimiter(line: str) -> str:
    return max(",;\t", key=line.count)


def _columns(header: list[str]) -> dict[str, int]:
    names = [cell.strip().casefold().replace(" ", "_") for cell in header]
    found = {}
    for column, words in _COLUMNS.items():
        index = next((names.index(word) for word in words if word in names), None)
        if index is not None:
            found[column] = index
    return found


def _unusable(file: Path, why: str) -> FoveaError:
    return FoveaError(
        "FV-D006",
        "The table cannot be used as a list of images.",
        where=shown(str(file)),
        why=why,
        kept="Nothing was written.",
        fix="Give it a first row with the columns path and label (group and split are optional), "
        "and paths relative to the table's folder; in place of label, a column of 0 and 1 for each "
        "class.",
    )
