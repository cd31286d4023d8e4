"""Moments at which a process is killed or the power is cut: after some time, or at the nth write to one of its files."""
import ctypes
import os
import select
import struct
import time

_library = ctypes.CDLL(None, use_errno=True)
_MODIFY, _MOVED_TO, _CREATE, _DELETE = 0x2, 0x80, 0x100, 0x200


class FolderWatch:
    """Tells of writes to the files of a folder as the kernel makes them (inotify)."""

    def __init__(self, folder):
        self.descriptor = _library.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        if self.descriptor < 0:
            raise OSError(ctypes.get_errno(), "inotify")
        if _library.inotify_add_watch(self.descriptor, os.fsencode(folder),
                                      _MODIFY | _MOVED_TO | _CREATE | _DELETE) < 0:
            raise OSError(ctypes.get_errno(), folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.descriptor)

    def wait(self, name, count, seconds):
        """Returns at the nth event of a file; false when time is up before."""
        end = time.monotonic() + seconds
        while count > 0:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.descriptor], [], [], left)[0]:
                return False
            events = os.read(self.descriptor, 65536)
            while events:
                length = struct.unpack("iIII", events[:16])[3]
                if events[16:16 + length].rstrip(b"\0").decode() == name:
                    count -= 1
                events = events[16 + length:]
        return True


DATABASE, LOG, GUARD = "gatehouse.db", "gatehouse.db-wal", "guard.json"
