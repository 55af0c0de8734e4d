"""What Finder and a terminal see of Fovea: ``Info.plist``, launchers, the icon, the program."""

from __future__ import annotations

import plistlib
import re
from pathlib import Path
from typing import Any

from common.commands import BuildError, lay
from common.program import ICONS, PROGRAMS, fill, lay_app
from common.recipe import PYTHON
from environment import ROOT
from macos import icns
from macos.recipe import ARCHITECTURE, FLOOR

IDENTIFIER = "org.fovea.Fovea"
DOCUMENT = "org.fovea.project"
ICON = "fovea.icns"
# The launcher of the window has the name of the bundle.
LAUNCHERS = {"Fovea": PROGRAMS["fovea"], "fovea-engine": PROGRAMS["fovea-engine"]}
_LAUNCHER = ROOT / "packaging" / "macos" / "pieces" / "launcher.sh"
# Why macOS asks before Fovea reads there for the first time.
_REASON = "Fovea reads images and keeps projects where you choose to."


def lay_bundle(contents: Path, version: str) -> None:
    """Add everything but the runtime and the licences to a bundle's folder ``Contents``."""
    contents.mkdir(parents=True, exist_ok=True)
    (contents / "Info.plist").write_bytes(plistlib.dumps(information(version)))
    for name, module in LAUNCHERS.items():
        text = fill(_LAUNCHER, MODULE=module, PYTHON=PYTHON)
        lay(contents / "MacOS" / name, text, 0o755)
    pictures = {int(path.stem.split("-")[1]): path for path in ICONS.glob("fovea-*.png")}
    icns.write(pictures, contents / "Resources" / ICON)
    lay_app(contents / "Resources" / "app")


def information(version: str) -> dict[str, Any]:
    """What ``Info.plist`` says. Raises BuildError for a version that macOS cannot compare."""
    number = re.match(r"\d+(\.\d+){0,2}", version)
    if number is None:
        raise BuildError(f"{version} does not begin with a number, which macOS compares")
    return {
        "CFBundleDevelopmentRegion": "en",
        "CFBundleDisplayName": "Fovea",
        "CFBundleDocumentTypes": [
            {
                "CFBundleTypeName": "Fovea project",
                "CFBundleTypeIconFile": ICON,
                "CFBundleTypeRole": "Editor",
                "LSHandlerRank": "Owner",
                "LSItemContentTypes": [DOCUMENT],
            }
        ],
        "CFBundleExecutable": "Fovea",
        "CFBundleIconFile": ICON,
        "CFBundleIdentifier": IDENTIFIER,
        "CFBundleInfoDictionaryVersion": "6.0",
        "CFBundleName": "Fovea",
        "CFBundlePackageType": "APPL",
        "CFBundleShortVersionString": version,
        "CFBundleVersion": number[0],
        "LSApplicationCategoryType": "public.app-category.education",
        # A script tells no architecture; without these macOS would offer to install Rosetta.
        "LSArchitecturePriority": [ARCHITECTURE],
        "LSRequiresNativeExecution": True,
        "LSMinimumSystemVersion": ".".join(map(str, FLOOR)),
        "NSDesktopFolderUsageDescription": _REASON,
        "NSDocumentsFolderUsageDescription": _REASON,
        "NSDownloadsFolderUsageDescription": _REASON,
        "NSHighResolutionCapable": True,
        "NSNetworkVolumesUsageDescription": _REASON,
        "NSPrincipalClass": "NSApplication",
        "NSRemovableVolumesUsageDescription": _REASON,
        "NSSupportsAutomaticGraphicsSwitching": True,
        "UTExportedTypeDeclarations": [
            {
                "UTTypeConformsTo": ["public.json"],
                "UTTypeDescription": "Fovea project",
                "UTTypeIconFile": ICON,
                "UTTypeIdentifier": DOCUMENT,
                "UTTypeTagSpecification": {
                    "public.filename-extension": ["fovea"],
                    "public.mime-type": ["application/x-fovea"],
                },
            }
        ],
    }
