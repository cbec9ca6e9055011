"""Where people's own samples lie: one npz file a data set, named by the hash of what is in it.

A file is there until it is deleted; one that a person has chosen to keep has an empty file beside it that says so, and
one that a visitor of a server has brought has a file with a hash of the visitor's token, so that nobody takes all
the room.
Samples that a program has as arrays are held in its memory, without a file.
"""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import time
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from cgs_core.data.own.arrays import ARRAY_NAMES, OwnArrays, digest
from cgs_core.errors import DataError
from cgs_core.places import data_folder
from cgs_core.scenario.own_data import OwnData

MAX_FILES = 200
MAX_STORED_BYTES = 500_000_000
DEFAULT_VISITOR_FILES = 10
DEFAULT_VISITOR_MEGABYTES = 50
OFF = "off"
_FORGOTTEN_SECONDS = 86_400.0


_held: dict[str, OwnArrays] = {}  # of this process, by hash


def is_off() -> bool:
    """Whether the host has turned own data off (``CGS_OWN_DATA=off``): none are taken, and none are there."""
    return os.environ.get("CGS_OWN_DATA", "").strip().lower() == OFF


def check_on() -> None:
    """``DataError`` where own data are turned off."""
    if is_off():
        raise DataError("own data are turned off here (CGS_OWN_DATA=off)")


def own_data_folder() -> Path:
    """``CGS_OWN_DATA`` if it names one, else the folder ``own_data`` beside the store of runs."""
    if (chosen := os.environ.get("CGS_OWN_DATA")) and not is_off():
        return Path(chosen)
    store = os.environ.get("CGS_STORE")
    return (Path(store).expanduser().resolve().parent if store else data_folder()) / "own_data"


def keep_arrays(arrays: OwnArrays, visitor: str | None = None) -> None:
    """Put the samples where every process of this machine finds them; nothing is written where they are already.

    Parameters
    ----------
    visitor: the token of the visitor of a server who brings them, who may have only so many there
        (``CGS_OWN_DATA_FILES``, 10 if not set, and ``CGS_OWN_DATA_MB``, 50).

    Raises
    ------
    DataError: the folder is full, the visitor has enough there, or own data are turned off.
    """
    check_on()
    folder, path = own_data_folder(), _path(arrays.own.sha256)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists():
        return
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **{name: getattr(arrays, name) for name in ARRAY_NAMES})
    sizes = [file.stat().st_size for file in folder.glob("*.npz")]
    if len(sizes) >= MAX_FILES or sum(sizes) + content.tell() > MAX_STORED_BYTES:
        raise DataError(
            f"this machine keeps at most {MAX_FILES} own data sets of {MAX_STORED_BYTES // 10**6} MB "
            "together; delete one first"
        )
    if visitor is not None:
        _check_share(visitor, content.tell())
        _bringer(arrays.own.sha256).touch(mode=0o600)
        _bringer(arrays.own.sha256).write_text(_hashed(visitor), encoding="utf-8")
    draft = folder / f"{secrets.token_hex(8)}.part"
    draft.touch(mode=0o600)
    draft.write_bytes(content.getvalue())
    draft.replace(path)


def _check_share(visitor: str, n_bytes: int) -> None:
    """``DataError`` where the visitor would have more files or bytes here than the host allows one."""
    most_files = _limit("CGS_OWN_DATA_FILES", DEFAULT_VISITOR_FILES, MAX_FILES)
    most_megabytes = _limit("CGS_OWN_DATA_MB", DEFAULT_VISITOR_MEGABYTES, MAX_STORED_BYTES // 10**6)
    marks = own_data_folder().glob("*.by")
    brought = [mark.stem for mark in marks if mark.read_text(encoding="utf-8") == _hashed(visitor)]
    sizes = [_path(sha256).stat().st_size for sha256 in brought if _path(sha256).exists()]
    if len(sizes) >= most_files or sum(sizes) + n_bytes > most_megabytes * 10**6:
        raise DataError(
            f"{len(sizes)} of your data sets are on this server, {sum(sizes) / 10**6:.1f} MB, and these have "
            f"{n_bytes / 10**6:.1f} MB; one visitor may have {most_files} of {most_megabytes} MB together: delete one "
            "first"
        )


def _limit(name: str, default: int, most: int) -> int:
    """A whole number of the environment from 1 on."""
    chosen = os.environ.get(name)
    if not chosen:
        return default
    if not (chosen.isascii() and chosen.isdecimal()) or not 1 <= int(chosen) <= most:
        raise DataError(f"{name}: must be a whole number from 1 to {most}; got {chosen!r}")
    return int(chosen)


def _hashed(visitor: str) -> str:
    return hashlib.sha256(f"own data:{visitor}".encode()).hexdigest()


def hold(arrays: OwnArrays) -> None:
    """Let this process have the samples until they are let go; nothing is written."""
    _held[arrays.own.sha256] = arrays


def let_go(sha256: str) -> None:
    """Forget samples that this process holds."""
    _held.pop(sha256, None)


def is_here(own: OwnData) -> bool:
    """Whether the samples are on this machine, or held by this process."""
    return own.sha256 in _held or (not is_off() and _path(own.sha256).exists())


def check_here(own: OwnData) -> None:
    """``DataError`` unless the samples are on this machine."""
    if not is_here(own):
        check_on()
        raise DataError(
            f"the data of this scenario ({own.name!r}) are not on this machine: a link or a scenario file "
            "does not hold them; give the file again"
        )


def load_arrays(own: OwnData) -> OwnArrays:
    """The samples of a scenario's own data, read once a process as long as they are there.

    Raises
    ------
    DataError: they are not on this machine, or the file is not what its name says.
    """
    check_here(own)
    return _held.get(own.sha256) or _loaded(own)


def keep_for_good(sha256: str) -> None:
    """Say that these samples stay until somebody deletes them."""
    _mark(sha256).touch(mode=0o600)


def is_kept(sha256: str) -> bool:
    """Whether the samples stay when the session that brought them ends."""
    return _mark(sha256).exists()


def delete(sha256: str) -> None:
    """Remove the samples, kept or not; results that were computed from them may stay in the store of runs."""
    _path(sha256).unlink(missing_ok=True)
    _mark(sha256).unlink(missing_ok=True)
    _bringer(sha256).unlink(missing_ok=True)
    _loaded.cache_clear()


def delete_forgotten(now: float | None = None) -> None:
    """Remove what a server that was killed left behind: samples not kept, a day after they came."""
    limit = (time.time() if now is None else now) - _FORGOTTEN_SECONDS
    for path in own_data_folder().glob("*.npz"):
        if not is_kept(path.stem) and path.stat().st_mtime < limit:
            delete(path.stem)


@dataclass(frozen=True)
class OwnFile:
    """Samples that lie in the folder. ``came`` is when, in seconds since the epoch."""

    sha256: str
    n_bytes: int
    came: float
    is_kept: bool


def own_files() -> list[OwnFile]:
    """What lies in the folder, the latest first."""
    found = [(path.stem, path.stat()) for path in own_data_folder().glob("*.npz")]
    files = [OwnFile(sha256, stat.st_size, stat.st_mtime, is_kept(sha256)) for sha256, stat in found]
    return sorted(files, key=lambda file: file.came, reverse=True)


def _path(sha256: str) -> Path:
    return own_data_folder() / f"{sha256}.npz"


def _bringer(sha256: str) -> Path:
    return own_data_folder() / f"{sha256}.by"


def _mark(sha256: str) -> Path:
    return own_data_folder() / f"{sha256}.kept"


@lru_cache(maxsize=2)
def _loaded(own: OwnData) -> OwnArrays:
    try:
        with zipfile.ZipFile(_path(own.sha256)) as archive:
            parts = [io.BytesIO(archive.read(f"{name}.npy")) for name in ARRAY_NAMES]
        arrays = [np.lib.format.read_array(part, allow_pickle=False) for part in parts]
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(
            f"the stored data of {own.name!r} cannot be read ({error}); delete them and give the file again"
        ) from None
    if digest(own, arrays) != own.sha256 or (own.n_train, own.n_test) != (len(arrays[1]), len(arrays[3])):
        raise DataError(f"the stored data of {own.name!r} are not those of this scenario")
    return OwnArrays(own, *arrays)
