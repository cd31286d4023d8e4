"""File systems of our own: an ext4 or XFS image whose power can be cut, a small tmpfs that can be full, and a disk that lies."""
import ctypes
import fcntl
import os
import shutil
import struct
import subprocess
import time

from nodes import at_end, skip

# EXT4_IOC_SHUTDOWN and XFS_IOC_GOINGDOWN are the same: _IOR('X', 125, __u32). The flag drops what the journal has not yet written.
SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, 2
CLONE_NEWNS = 0x20000
_library = ctypes.CDLL(None, use_errno=True)
IMAGE_BYTES = 400 << 20


def call(*words):
    out = subprocess.run(words, capture_output=True, text=True)
    if out.returncode != 0:
        raise OSError(f"{' '.join(words)}: {out.stderr.strip()}")
    return out.stdout.strip()


def must_be_able_to_mount(*programs):
    """Skips the script where it has no right to mount, or a program for it is not installed."""
    if os.geteuid() != 0:
        skip("mounting needs root")
    for program in programs:
        if shutil.which(program) is None:
            skip(f"{program} is not installed")
    # Mounts nobody else sees: a copy of them in another process would keep a file system up that is to lose its power. They
    # also end with this process.
    if _library.unshare(CLONE_NEWNS) != 0:
        skip(f"no mount namespace of its own ({os.strerror(ctypes.get_errno())})")
    try:
        call("mount", "--make-rprivate", "/")
    except OSError as error:
        skip(str(error))


class PowerCutDisk:
    """A file system in a file on a loop device. A cut leaves what was flushed, and nothing else."""

    def __init__(self, scratch, kind="ext4"):
        must_be_able_to_mount("losetup", f"mkfs.{kind}")
        self.kind, self.image, self.folder = kind, os.path.join(scratch, "disk.img"), os.path.join(scratch, "disk")
        os.makedirs(self.folder)
        self.device, self.isMounted = None, False
        at_end(self.remove)
        try:
            self.make()
        except OSError as error:
            skip(f"no loop device can be made and mounted here ({error})")

    def make(self):
        """An empty disk, in the place of the one before."""
        self.remove()
        with open(self.image, "wb") as image:
            image.truncate(IMAGE_BYTES)
        call(f"mkfs.{self.kind}", "-q", self.image)
        self.device = call("losetup", "--find", "--show", self.image)
        self.mount()

    def mount(self):
        call("mount", self.device, self.folder)
        self.isMounted = True

    def cut(self):
        """The moment itself. Processes that have files there must be ended before `power_on`."""
        descriptor = os.open(self.folder, os.O_RDONLY)
        fcntl.ioctl(descriptor, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        os.close(descriptor)

    def power_on(self):
        """Mounted anew, which replays the journal."""
        self.unmount()
        self.mount()

    def unmount(self):
        for last in [False] * 20 + [True]:
            try:
                call("umount", self.folder)
                self.isMounted = False
                return
            except OSError:
                if last:
                    raise
                time.sleep(0.02)  # A process that was killed just now may not be gone altogether.

    def remove(self):
        if self.isMounted:
            self.unmount()
        if self.device:
            call("losetup", "--detach", self.device)
            self.device = None
        if os.path.exists(self.image):
            os.remove(self.image)


class SmallDisk:
    """A tmpfs that is filled until a given number of bytes is left."""
    PAGE = 4096

    def __init__(self, scratch, size):
        must_be_able_to_mount("mount")
        self.folder = os.path.join(scratch, "small")
        os.makedirs(self.folder)
        try:
            call("mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", self.folder)
        except OSError as error:
            skip(f"no tmpfs can be mounted here ({error})")
        at_end(self.remove)
        self.filling = os.path.join(self.folder, "filling")

    def fill(self, leaving):
        """Leaves that many bytes, in whole pages: takes everything, then gives that much back."""
        with open(self.filling, "wb", buffering=0) as file:
            for piece in (256 * self.PAGE, self.PAGE):
                try:
                    while file.write(bytes(piece)) == piece:
                        pass
                except OSError:
                    pass  # Full for pieces of this size.
            file.truncate(max(0, file.tell() - leaving) // self.PAGE * self.PAGE)

    def make_room(self):
        if os.path.exists(self.filling):
            os.remove(self.filling)

    def remove(self):
        call("umount", self.folder)


def lying_library(scratch):
    """A library which makes a program believe that its data was flushed; for LD_PRELOAD. Shows that a rig can see a loss."""
    source, library = os.path.join(scratch, "lying.c"), os.path.join(scratch, "lying.so")
    with open(source, "w") as file:
        file.write("int fsync(int file) { return 0; }\nint fdatasync(int file) { return 0; }\n")
    try:
        call("cc", "-shared", "-fPIC", "-o", library, source)
    except FileNotFoundError:
        skip("a C compiler is not installed")
    return library


def killing_library(scratch):
    """A library with which a program kills itself (kill -9) just before its KILL_AT-th call that changes a file; for LD_PRELOAD.

    Every call counts, whichever thread makes it, from the first one of the process.
    """
    source, library = os.path.join(scratch, "killing.c"), os.path.join(scratch, "killing.so")
    calls = [
        ("ssize_t", "pwrite", "int f, const void *b, size_t n, off_t o", "f, b, n, o"),
        ("ssize_t", "pwrite64", "int f, const void *b, size_t n, off64_t o", "f, b, n, o"),
        ("int", "fsync", "int f", "f"), ("int", "fdatasync", "int f", "f"),
        ("int", "ftruncate", "int f, off_t n", "f, n"), ("int", "ftruncate64", "int f, off64_t n", "f, n"),
        ("int", "unlink", "const char *p", "p"), ("int", "rename", "const char *a, const char *b", "a, b"),
    ]
    with open(source, "w") as file:
        file.write("""#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>
static void step(void) {
  static long calls, at = -1;
  if (at < 0) at = getenv("KILL_AT") ? atol(getenv("KILL_AT")) : 0;
  if (__sync_add_and_fetch(&calls, 1) == at) kill(getpid(), SIGKILL);
}
""")
        for kind, name, words, given in calls:
            file.write(f"{kind} {name}({words}) {{ static {kind} (*real)({words}); step();\n"
                       f"  if (!real) *(void **)&real = dlsym(RTLD_NEXT, \"{name}\"); return real({given}); }}\n")
    try:
        call("cc", "-shared", "-fPIC", "-o", library, source, "-ldl")
    except FileNotFoundError:
        skip("a C compiler is not installed")
    return library
