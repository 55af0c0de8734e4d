"""What the packages for Linux are made of: carried, left out, and left to the system."""

from __future__ import annotations

import re

from common import recipe

# The newest glibc whose symbols may be used; Debian 12 and Ubuntu 22.04 are the oldest that fit.
GLIBC = (2, 35)
# pip takes a name for a platform literally, so every glibc that a wheel may ask for is named.
PLATFORMS = [f"manylinux_2_{minor}_x86_64" for minor in range(GLIBC[1], 4, -1)]
PLATFORMS += ["manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64", "linux_x86_64"]

# From Debian 12. CPython and its standard library:
PYTHON_PACKAGES = ("python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib")
# Libraries of CPython that other distributions lack or name differently, with their sonames:
PYTHON_LIBRARIES = {
    "libbz2-1.0": ("libbz2.so.1.0",),
    "libffi8": ("libffi.so.8",),
    "libsqlite3-0": ("libsqlite3.so.0",),
    "libssl3": ("libcrypto.so.3", "libssl.so.3"),
}
# Libraries of Qt's X11 side that a default desktop lacks:
QT_LIBRARIES = {
    "libxcb-cursor0": ("libxcb-cursor.so.0",),
    "libxcb-icccm4": ("libxcb-icccm.so.4",),
    "libxcb-image0": ("libxcb-image.so.0",),
    "libxcb-keysyms1": ("libxcb-keysyms.so.1",),
    "libxcb-render-util0": ("libxcb-render-util.so.0",),
    "libxcb-util1": ("libxcb-util.so.1",),
}
# All of them, with the licence of what is used of each.
CARRIED = {
    **dict.fromkeys(PYTHON_PACKAGES, "PSF-2.0"),
    "libbz2-1.0": "bzip2-1.0.6",
    "libffi8": "MIT",
    "libsqlite3-0": "public domain",
    "libssl3": "Apache-2.0",
    **dict.fromkeys(QT_LIBRARIES, "MIT"),
}
# Used while building, not shipped: base-files has the texts of the common licences.
TOOLS = ("patchelf", "base-files")

STDLIB_LEFT_OUT = re.compile(
    "|".join(
        (
            *recipe.STDLIB_LEFT_OUT,
            r"^lib-dynload/(_curses|_curses_panel|_dbm|_crypt|_uuid|_tkinter|nis|readline|_test.*"
            r"|_xx.*|xx.*)\.cpython-.*$",
        )
    )
)

# Distributions of requirements.txt that only torch.compile, a C++ compiler or nvcc uses.
DISTRIBUTIONS_LEFT_OUT = (
    "cuda-toolkit",
    "nvidia-cuda-cccl",
    "nvidia-nvtx",
    "setuptools",
    "triton",
)

FILES_LEFT_OUT = re.compile(
    "|".join(
        (
            *recipe.FILES_LEFT_OUT,
            r"^torch/lib/libgfortran\.",  # nothing asks for it, and what it asks for is missing
            # Profilers, BLAS shims, a solver over several cards, RDMA: torch loads none of them.
            r"^nvidia/.*/lib(nvperf_.*|pcsamplingutil|checkpoint|nvblas|cufftw|cusolverMg|cufile_rdma)"
            r"\.so",
            r"^nvidia/nvshmem/lib/nvshmem_(transport|bootstrap)_.*",
            r"^nvidia/nvshmem/bin/",
        )
    )
)

# The plugins of Qt that a desktop asks for.
QT_PLUGINS = re.compile(
    r"^(platforms/libq(xcb|wayland.*|offscreen|minimal)|imageformats/libq(gif|ico|jpeg|svg|webp)"
    r"|iconengines/libqsvgicon|platformthemes/libq(gtk3|xdgdesktopportal)"
    r"|platforminputcontexts/lib(compose|ibus)platforminputcontextplugin"
    r"|xcbglintegrations/.*|wayland-(decoration|graphics-integration)-client/.*"
    r"|wayland-shell-integration/libxdg-shell)(\.so)?$"
)

_LIBC = f"libc6 (>= {GLIBC[0]}.{GLIBC[1]})"
# Sonames that the system has to bring, and the Debian package that has each.
SYSTEM = {
    "ld-linux-x86-64.so.2": _LIBC,
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libc.so.6": _LIBC,
    "libdbus-1.so.3": "libdbus-1-3",
    "libdl.so.2": _LIBC,
    "libexpat.so.1": "libexpat1",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libgcc_s.so.1": "libgcc-s1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "liblzma.so.5": "liblzma5",
    "libm.so.6": _LIBC,
    "libpthread.so.0": _LIBC,
    "librt.so.1": _LIBC,
    "libstdc++.so.6": "libstdc++6",
    "libutil.so.1": _LIBC,
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}
# Files that are no use, and do no harm, where what they ask for is missing: a GPU's driver, GTK.
MAY_LACK = re.compile(
    r"(^|/)(torch/lib/libcaffe2_nvrtc\.so|PySide6/Qt/plugins/platformthemes/libqgtk3\.so)$"
)

# Libraries that wheels bundle, by the folder NAME.libs (or the folder that they lie in) and the
# library's stem, each with the text that covers it: '' where the wheel's own licence file or a
# notice of its own does, else a file in site-packages.
_CODECS = recipe.CODECS
_RUNTIME_OF_GCC = "numpy-*.dist-info/licenses/LICENSE.txt"
_NVIDIA = "nvidia_cuda_runtime-*.dist-info/licenses/License.txt"
BUNDLED = {
    # Qt's wheels bring no text for ICU (notices.of_icu); the others are Debian's, as CARRIED says.
    "PySide6/Qt/lib": dict.fromkeys(("libicudata", "libicui18n", "libicuuc", "libxcb"), ""),
    "imagecodecs": {
        **recipe.CODEC_TEXTS,
        **dict.fromkeys(("liblzhamcomp", "liblzhamdecomp", "liblzhamdll"), f"{_CODECS}-lzham"),
        **dict.fromkeys(("liblzokay",), f"{_CODECS}-lzokay"),
        "libgomp": _RUNTIME_OF_GCC,
        "libopenjph": f"{_CODECS}_openjph",
    },
    "numpy": dict.fromkeys(("libgfortran", "libquadmath", "libscipy_openblas64_"), ""),
    "pillow": dict.fromkeys(
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
            "libzstd",
        ),
        "",
    ),
    "scikit_learn": {"libgomp": _RUNTIME_OF_GCC},
    "scipy": dict.fromkeys(("libgfortran", "libquadmath", "libscipy_openblas"), ""),
    "torch/lib": {"libgomp": _RUNTIME_OF_GCC},
    "torchvision": {
        "libcudart": _NVIDIA,
        "libjpeg": f"{_CODECS}-libjpeg-turbo",
        "libnvjpeg": _NVIDIA,
        "libpng16": f"{_CODECS}-libpng",
        "libsharpyuv": f"{_CODECS}-libwebp",
        "libwebp": f"{_CODECS}-libwebp",
        "libz": f"{_CODECS}-zlib",
    },
}
