"""What the packages for Windows are made of: carried, left out, and left to the system."""

from __future__ import annotations

import re

from common import recipe

PLATFORMS = ["win_amd64"]
DLL = f"python{recipe.PYTHON.replace('.', '')}"  # CPython's own name for itself

# Of CPython's folder, beside Lib and DLLs:
PYTHON_FILES = ("python.exe", "pythonw.exe", "python3.dll", f"{DLL}.dll", "LICENSE.txt")
# What its extensions in DLLs bring with them, each with its licence in CPython's LICENSE.txt
# (SQLite is in the public domain).
PYTHON_DLLS = re.compile(r"^(libcrypto-\d\w*|libssl-\d\w*|libffi-\d\w*|sqlite3|zlib1)\.dll$", re.I)
STDLIB_LEFT_OUT = re.compile("|".join(recipe.STDLIB_LEFT_OUT))
EXTENSIONS_LEFT_OUT = re.compile(r"^(_tkinter|_test.*|_ctypes_test|winsound|_msi)\.pyd$", re.I)

# Where CPython looks, as its ._pth file has it: what is not here does not exist for it.
SEARCHED = ("Lib", "DLLs", "Lib/site-packages", "../app")
SITE = "Lib/site-packages"

# Microsoft's C++ runtime, in one version for all: torch needs two files that no other wheel brings,
# and CPython's own is older than what the wheels are linked with.
CXX_RUNTIME = (
    "concrt140.dll",
    "msvcp140.dll",
    "msvcp140_1.dll",
    "msvcp140_2.dll",
    "msvcp140_atomic_wait.dll",
    "vcomp140.dll",
    "vcruntime140.dll",
    "vcruntime140_1.dll",
    "vcruntime140_threads.dll",
)

# Distributions of requirements.txt that only torch.compile uses.
DISTRIBUTIONS_LEFT_OUT = ("setuptools",)

FILES_LEFT_OUT = re.compile(
    "|".join(
        (
            *recipe.FILES_LEFT_OUT,
            r"\.pdb$",
            r"^share/",  # manual pages
            r"^(PySide6|shiboken6)/(concrt|msvcp|vcamp|vccorlib|vcomp|vcruntime)140.*\.dll$",
            # What these ask for is in no wheel: commercial codecs, and HEIF for its patents.
            r"^imagecodecs/_(heif|jetraw|jpegxs)\.pyd$",
            r"^PIL/_imagingtk\.",  # Tk's
            r"^torch/lib/libiompstubs5md\.dll$",
            r"^torch/lib/(libshm|libshm_windows|mimalloc-.*)/",
            # Profilers and BLAS shims of the CUDA build: torch loads none of them.
            r"^torch/lib/(nvperf_.*|checkpoint|pcsamplingutil|nvblas.*|cufftw.*|cusolverMg.*)\.dll$",
        )
    )
)

# The plugins of Qt that a desktop asks for. Without opengl32sw.dll (20 MB): it draws OpenGL where
# the graphics driver cannot, and Fovea's window draws without OpenGL.
QT_PLUGINS = re.compile(
    r"^(platforms/q(windows|offscreen|minimal)|styles/qmodernwindowsstyle"
    r"|imageformats/q(gif|ico|jpeg|svg|webp)|iconengines/qsvgicon)\.dll$"
)

# Where a DLL is found, beside the folder of what asks for it and that of python.exe: folders in
# site-packages that their distributions add or load from. ``*`` stands for a name.
DLL_FOLDERS = ("PySide6", "shiboken6", "torch/lib", "torchvision", "sklearn/.libs", "*.libs")

# Windows 10 brings these; icuuc.dll, which Qt asks for, since version 1703.
# fmt: off
SYSTEM = frozenset(
    (
        "advapi32", "authz", "bcrypt", "bcryptprimitives", "cabinet", "cfgmgr32", "comctl32",
        "comdlg32", "crypt32", "d2d1", "d3d11", "d3d12", "d3d9", "d3dcompiler_47", "dbghelp",
        "dnsapi", "dwmapi", "dwrite", "dxgi", "gdi32", "icuuc", "imagehlp", "imm32", "iphlpapi",
        "kernel32", "mpr", "msi", "msvcrt", "mswsock", "ncrypt", "netapi32", "ntdll", "ole32",
        "oleaut32", "opengl32", "pdh", "powrprof", "propsys", "psapi", "rpcrt4", "secur32",
        "setupapi", "shcore", "shell32", "shlwapi", "ucrtbase", "uiautomationcore", "user32",
        "userenv", "uxtheme", "version", "winhttp", "winmm", "wintrust", "ws2_32", "wtsapi32",
    )
)
# fmt: on
SYSTEM_SETS = re.compile(r"^(api-ms-win-|ext-ms-win-)[a-z0-9-]+\.dll$|^winspool\.drv$")
# Of the graphics driver: without it the DLLs that ask for these stay unused.
DRIVER = ("nvcuda.dll", "nvml.dll")

WINDOWS = "Windows 10, version 1809, for x64"  # the oldest for which Qt 6 is made

# Every DLL that is carried, by its path in the runtime, with the text that covers it: '' where the
# licence file of its own distribution does, "CPython" and "Microsoft" where those of CPython and of
# the C++ runtime do, ``texts/NAME`` in packaging/windows, else a file in site-packages. A DLL that
# no line fits stops the build.
_CODECS = recipe.CODECS
_SITE = f"{SITE}/"
DLLS = {
    rf"^({DLL}|python3)\.dll$": "CPython",
    r"^DLLs/(libcrypto-|libssl-|libffi-|sqlite3|zlib1)[^/]*$": "CPython",
    r"^(concrt|msvcp|vcomp|vcruntime)140[^/]*$": "Microsoft",
    _SITE + r"PySide6/(Qt6\w+|pyside6\.abi3|plugins/.+)\.dll$": "",
    _SITE + r"shiboken6/shiboken6\.abi3\.dll$": "",
    _SITE + r"\w+\.libs/[^/]+$": "",  # BUNDLED below has these
    _SITE + r"sklearn/\.libs/(msvcp140|vcomp140)\.dll$": "",
    _SITE + r"torch/lib/(asmjit|c10\w*|caffe2_nvrtc|fbgemm|shm|torch\w*|uv)\.dll$": "",
    _SITE + r"torch/lib/libiomp5md\.dll$": "texts/Intel-OpenMP.txt",
    _SITE + r"torch/lib/cudnn[^/]*\.dll$": "texts/NVIDIA-cuDNN.txt",
    _SITE
    + r"torch/lib/(cublas|cudart|cufft|cupti|curand|cusolver|cusparse|nvJitLink|nvToolsExt|nvrtc)"
    r"[^/]*\.dll$": "texts/NVIDIA-CUDA.txt",
    _SITE + r"torch/lib/zlibwapi\.dll$": f"{_CODECS}-zlib",
    _SITE + r"torchvision/jpeg8\.dll$": f"{_CODECS}-libjpeg-turbo",
    _SITE + r"torchvision/libpng16\.dll$": f"{_CODECS}-libpng",
    _SITE + r"torchvision/(libsharpyuv|libwebp)\.dll$": f"{_CODECS}-libwebp",
    _SITE + r"torchvision/zlib\.dll$": f"{_CODECS}-zlib",
}
# Libraries in the folders NAME.libs and NAME/.libs, by the library's stem: '' where the licence
# file of the wheel covers it, else the text that does, in site-packages.
_MICROSOFT = "msvc_runtime-*.dist-info/licenses/LICENSE"
BUNDLED = {
    "ml_dtypes": {"msvcp140": _MICROSOFT},
    "numpy": {"libscipy_openblas64_": "", "msvcp140": _MICROSOFT},
    "onnx": {"msvcp140": _MICROSOFT},
    "scipy": {"libscipy_openblas": ""},
    "sklearn/": {"msvcp140": _MICROSOFT, "vcomp140": _MICROSOFT},
}

# NSIS cannot write an installer of more than 2 GB, so the program lies beside it in parts: so many
# bytes unpacked at most in each. What is packed is smaller.
PART_BYTES = 1_600_000_000
# The longest path of a file that every Windows opens, and the folder of a user with a long name.
LONGEST_PATH = 259
USER_FOLDER = "\\".join(
    ("C:", "Users", "u" * 20, "AppData", "Local", "Programs", "Fovea", "tree-0000000000", "")
)
