"""What kind of disc a path is on."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["on_network_share"]

_SHARES = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "9p", "glusterfs", "ceph"}
_SHARES |= {"fuse.sshfs", "fuse.rclone", "fuse.glusterfs", "fuse.s3fs", "davfs", "fuse.davfs2"}
_MOUNTS = Path("/proc/mounts")


def on_network_share(path: Path) -> bool:
    """Whether a path is on another computer's disc, as far as the system tells.

    Locks and shared memory do not work reliably there. False where it cannot be seen.
    """
    where = os.path.realpath(path)
    if sys.platform == "win32":
        return _on_windows_share(where)
    try:
        lines = _MOUNTS.read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    found, kind = "", ""
    for line in lines:
        _, _, rest = line.partition(" ")
        place, _, rest = rest.partition(" ")
        place = place.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
        inside = where == place or where.startswith(place.rstrip("/") + "/")
        if inside and len(place) >= len(found):
            found, kind = place, rest.partition(" ")[0]
    return kind in _SHARES


def _on_windows_share(where: str) -> bool:
    import ctypes

    if where.startswith("\\\\"):
        return not where.startswith("\\\\?\\") or where.upper().startswith("\\\\?\\UNC\\")
    remote = 4
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 (only there on Windows)
    return bool(kernel.GetDriveTypeW(os.path.splitdrive(where)[0] + "\\") == remote)
