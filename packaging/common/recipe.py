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

# Libraries that imagecodecs bundles on Linux and macOS, by their stems, each with its text.
CODECS = "imagecodecs/licenses/LICENSE"
CODEC_TEXTS = {
    **dict.fromkeys(("libsz", "libaec"), f"{CODECS}-libaec"),
    **dict.fromkeys(("libsharpyuv", "libwebp", "libwebpdemux"), f"{CODECS}-libwebp"),
    **dict.fromkeys(("libjxl", "libjxl_cms", "libjxl_threads"), f"{CODECS}-libjxl"),
    **dict.fromkeys(("libjpegxr", "libjxrglue"), f"{CODECS}-jxrlib"),
    **dict.fromkeys(("libbrotlicommon", "libbrotlidec", "libbrotlienc"), f"{CODECS}-brotli"),
    "libLerc": f"{CODECS}-lerc",
    "libSPERR": f"{CODECS}-sperr",
    "libSZ3c": f"{CODECS}-sz3",
    "libaom": f"{CODECS}-aom",
    "libavif": f"{CODECS}-libaivf",
    "libblosc": f"{CODECS}-blosc",
    "libblosc2": f"{CODECS}-blosc2",
    "libcharls": f"{CODECS}-charls",
    "libcpcodec": f"{CODECS}-pcodec",
    "libdeflate": f"{CODECS}-libdeflate",
    "libgif": f"{CODECS}-giflib",
    "libjpeg": f"{CODECS}-libjpeg-turbo",
    "liblcms2": f"{CODECS}-lcms2",
    "liblz4": f"{CODECS}-lz4",
    "liblzfse": f"{CODECS}-lzfse",
    "liblzma": f"{CODECS}-liblzma",
    "libmeshoptimizer": f"{CODECS}_meshoptimizer",
    "libopenjp2": f"{CODECS}-openjpeg",
    "libpng16": f"{CODECS}-libpng",
    "libsnappy": f"{CODECS}-snappy",
    "libtiff": f"{CODECS}-libtiff",
    "libuhdr": f"{CODECS}-libultrahdr",
    "libzfp": f"{CODECS}-zfp",
    "libzopfli": f"{CODECS}-zopfli",
    "libzstd": f"{CODECS}-zstd",
}
