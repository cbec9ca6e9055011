"""Where this program keeps what it stores, and how it writes a folder: whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path


def data_folder() -> Path:
    """``cgs`` in the user's folder for programs' data.

    That is in ``%LOCALAPPDATA%`` on Windows, ``~/Library/Application Support`` on macOS, ``$XDG_DATA_HOME`` or
    ``~/.local/share`` elsewhere.
    """
    if sys.platform == "win32":
        folder = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        folder = "~/Library/Application Support"
    else:
        folder = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(folder).expanduser() / "cgs"


def check_writable(folder: str | Path) -> None:
    """``OSError`` unless the folder is one that can be written to, or can be made; nothing is made."""
    folder = Path(folder).resolve()
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not nearest.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(nearest))
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(nearest))


def write_whole(folder: str | Path, files: Mapping[str, bytes]) -> None:
    """Put files into a folder, so that a reader finds all of them or none.

    A folder that is not there is made beside its place and renamed. In one that is there, each file is replaced at
    once when all have been written; its other files stay. A failure leaves no half-written file behind.

    Parameters
    ----------
    files: the content of each file, by its name in the folder.

    Raises
    ------
    OSError: the folder cannot be made or written to.
    """
    folder = Path(folder).resolve()
    is_new = not folder.exists()
    draft = (folder.parent if is_new else folder) / f".{folder.name}-{secrets.token_hex(4)}.part"
    draft.mkdir(parents=is_new)
    try:
        for name, content in files.items():
            (draft / name).write_bytes(content)
        if is_new:
            draft.rename(folder)
        else:
            for name in files:
                (draft / name).replace(folder / name)
            draft.rmdir()
    except BaseException:  # also when the person at the keyboard ends it
        shutil.rmtree(draft, ignore_errors=True)
        raise
