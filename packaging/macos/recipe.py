"""What the package for macOS is made of: carried, left out, and left to the system."""

from __future__ import annotations

import re

from common import recipe

ARCHITECTURE = "arm64"  # PyTorch has had no wheels for Intel since 2.2
# The oldest macOS: PyTorch's, NumPy's and SciPy's wheels ask for 14, and what PySide6's modules say
# in their headers is 15, whatever the name of their wheel says. Every Mac with arm64 runs 15.
FLOOR = (15, 0)
PLATFORMS = [f"macosx_{FLOOR[0]}_{FLOOR[1]}_{ARCHITECTURE}"]

# Where the installer of python.org puts CPython.
FRAMEWORK = f"/Library/Frameworks/Python.framework/Versions/{recipe.PYTHON}"

STDLIB_LEFT_OUT = re.compile(
    "|".join(
        (
            *recipe.STDLIB_LEFT_OUT,
            r"^lib-dynload/(_curses|_curses_panel|_dbm|_gdbm|_crypt|_tkinter|nis|readline|_test.*"
            r"|_xx.*|xx.*)\.cpython-.*$",
        )
    )
)

# Distributions of requirements.txt that only torch.compile and a compiler use.
DISTRIBUTIONS_LEFT_OUT = ("setuptools",)

FILES_LEFT_OUT = re.compile("|".join((*recipe.FILES_LEFT_OUT, r"^share/", r"\.o$")))

# The plugins of Qt that the window asks for.
QT_PLUGINS = re.compile(
    r"^(platforms/libq(cocoa|offscreen|minimal)|styles/libqmacstyle"
    r"|imageformats/libq(gif|ico|jpeg|svg|webp)|iconengines/libqsvgicon)\.dylib$"
)

# Files that become links to others, since one process must hold one OpenMP runtime: with two of
# LLVM's the second aborts the program (its "Error #15"). Both offer what scikit-learn asks for.
LINKS = {"sklearn/.dylibs/libomp.dylib": "torch/lib/libomp.dylib"}

# Libraries that find those of another package only because it is loaded first, under its
# libraries' own names: a pattern of their paths, and the folder of those libraries.
LOADED_BEFORE = {r"^torchvision/": "torch/lib"}

# What CPython's installer brings inside its modules, with licence and text (common/texts).
INSIDE_PYTHON = {
    "openssl": ("Apache-2.0", "Apache-2.0"),
    "sqlite": ("public domain", "SQLite"),
    "xz": ("public domain", "XZ"),
}

# Libraries that wheels bundle, by the package that has the folder .dylibs (or by their own folder)
# and the library's stem, each with the text that covers it: '' where the wheel's own licence file
# does, else a file in site-packages.
_CODECS = recipe.CODECS
_LLVM = "torch-*.dist-info/licenses/third_party/llvm-openmp/LICENSE.txt"
BUNDLED = {
    "PIL": {
        **dict.fromkeys(
            (
                "libXau",
                "libavif",
                "libbrotlicommon",
                "libbrotlidec",
                "libfreetype",
                "libharfbuzz",
                "libjpeg",
                "liblcms2",
                "liblzma",
                "libopenjp2",
                "libpng16",
                "libsharpyuv",
                "libtiff",
                "libwebp",
                "libwebpdemux",
                "libwebpmux",
                "libxcb",
            ),
            "",
        ),
        "libz": f"{_CODECS}-zlib-ng",  # Pillow builds with it and prints the text of zlib alone
    },
    "imagecodecs": {
        **recipe.CODEC_TEXTS,
        "liblzokay": f"{_CODECS}-lzokay",
        "libz": f"{_CODECS}-zlib",
        "libz-ng": f"{_CODECS}-zlib-ng",
    },
    "scipy": dict.fromkeys(("libgcc_s", "libgfortran", "libquadmath"), ""),
    "sklearn": {"libomp": _LLVM},
    "torch/lib": {"libomp": _LLVM},
    "torchvision": {
        "libc++": _LLVM,
        "libjpeg": f"{_CODECS}-libjpeg-turbo",
        "libpng16": f"{_CODECS}-libpng",
        "libsharpyuv": f"{_CODECS}-libwebp",
        "libwebp": f"{_CODECS}-libwebp",
        "libz": f"{_CODECS}-zlib",
    },
}
