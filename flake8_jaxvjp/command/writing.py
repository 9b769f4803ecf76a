"""Writing a file at once or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import tempfile

ANYBODY_MAY_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def write_bytes(path: str, before: bytes, after: bytes) -> None:
    """Replace what a file holds. Raises OSError and leaves the file as it was if that is not possible.

    A symbolic link stays one, and what it leads to is written; permissions stay; a file that may not be written to is
    not, even where its folder, or being the superuser, would allow it; and a file that somebody else has changed in
    the meantime is left alone.
    """
    target = os.path.realpath(path)
    if not os.access(target, os.W_OK) or not os.stat(target).st_mode & ANYBODY_MAY_WRITE:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".jaxvjp-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(after)
            stream.flush()
            os.fsync(stream.fileno())
        shutil.copymode(target, temporary)
        with open(target, "rb") as stream:
            if stream.read() != before:
                raise OSError(errno.EBUSY, "somebody else has changed it", path)
        if os.stat(target).st_nlink > 1:  # a hard link: the other names mean this file too
            with open(target, "wb") as stream:
                stream.write(after)
        else:
            with contextlib.suppress(OSError, AttributeError):
                os.chown(temporary, os.stat(target).st_uid, os.stat(target).st_gid)
            os.replace(temporary, target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
