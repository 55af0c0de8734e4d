"""What the packages of every system are made of, and what all of them leave out.

What a new version of a dependency may change stands here or in the recipe of a system, once; the
build fails when what it finds does not fit.
"""

from __future__ import annotations

import re

PYTHON = "3.11"

# Files of the distributions that a program without a compiler never reads, as patterns of their
# paths in site-packages. The recipe of each system adds its own.
FILES_LEFT_OUT = (
    r"^bin/",
    r"(^|/)__pycache__/",  # written anew, by the interpreter that is carried
    r"(^|/)tests?/",  # not torch/testing, which torch itself imports
    r"(^|/)include/",
    r"\.(a|bc|cuh|h|hpp|lib|pxd|pyi|pyx)$",
    r"^torch/bin/protoc",
    r"^torch/share/cmake/",
    r"^torch/testing/_internal/py312_",  # syntax of a newer Python
    r"^pyqtgraph/examples/",
    r"^shiboken6/.*/(docs|resources)/",
)

# Modules and files of the standard library that a program without a terminal never imports.
STDLIB_LEFT_OUT = (
    r"^(test|idlelib|lib2to3|ensurepip|pydoc_data|turtledemo|tkinter|turtle\.py|sitecustomize\.py"
    r"|EXTERNALLY-MANAGED|dist-packages|site-packages|config-.*)(/|$)",
    r"(^|/)__pycache__(/|$)",
)

# Of PySide6: the modules that Fovea and pyqtgraph import.
QT_MODULES = (
    "QtCore",
    "QtDBus",
    "QtGui",
    "QtOpenGL",
    "QtOpenGLWidgets",
    "QtPrintSupport",
    "QtSvg",
    "QtTest",
    "QtWidgets",
)

# Licence texts beyond those that a distribution ships: names of files in the folder ``texts``.
ADDED_TEXTS = {
    "pyside6-essentials": ("LGPL-3", "GPL-3", "Qt-parts"),
    "shiboken6": ("LGPL-3", "GPL-3"),
    "tqdm": ("MPL-2.0",),
}

# Shared libraries (not modules of Python) that are the work of the distribution that brings them,
# as patterns of their paths in site-packages. All others need a text (the recipes' BUNDLED).
OWN_LIBRARIES = re.compile(
    r"^(nvidia/|PySide6/(libpyside6|Qt/lib/libQt6|Qt/plugins/)|shiboken6/libshiboken6"
    r"|torch/lib/lib(c10|caffe2|shm|torch))"
)
