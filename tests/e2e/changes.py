# SPDX-License-Identifier: MIT
"""What may happen to a file between two requests; see test_changes.py."""
import os
import shutil

from site_tree import MTIME


def content(version, size):
    """Return size bytes that no other version has."""
    return (b"%08d " % version * (size // 9 + 1))[:size]


def write(path, data, mtime=MTIME):
    """Write a file, with the same time for every version of it."""
    path.write_bytes(data)
    os.utime(path, (mtime, mtime))


class Place:
    """A folder of its own, a file in it, and what is expected at its name."""

    def __init__(self, root, size):
        self.folder = root / "place"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.size = size
        self.file = self.folder / "file.bin"
        self.other = self.folder / "other.bin"
        self.old = content(1, size)
        self.new = content(2, size)
        self.target = "/place/file.bin"
        write(self.file, self.old)


def replaced(place):
    """By rename(), as careful programs do: same size, same time."""
    write(place.other, place.new)
    os.rename(place.other, place.file)
    return 200, place.new


def replaced_by_an_older_one(place):
    """Whoever goes back to the release before keeps its time."""
    write(place.other, place.new, MTIME - 86400)
    os.rename(place.other, place.file)
    return 200, place.new


def renamed(place):
    """What had the name has another one now."""
    os.rename(place.file, place.other)
    return 404, None


def exchanged(place):
    """Two files change places."""
    write(place.other, place.new)
    os.rename(place.file, place.folder / "third.bin")
    os.rename(place.other, place.file)
    os.rename(place.folder / "third.bin", place.other)
    return 200, place.new


def truncated(place):
    """The first half is left."""
    os.truncate(place.file, place.size // 2)
    return 200, place.old[:place.size // 2]


def emptied(place):
    """Nothing is left."""
    os.truncate(place.file, 0)
    return 200, b""


def grown(place):
    """Something is appended; it may not be a small file any more."""
    with open(place.file, "ab") as file:
        file.write(place.new)
    return 200, place.old + place.new


def deleted(place):
    """It is gone."""
    place.file.unlink()
    return 404, None


def rewritten(place):
    """Other bytes in the same file: same size, and the time put back."""
    with open(place.file, "r+b") as file:
        file.write(place.new)
    os.utime(place.file, (MTIME, MTIME))
    return 200, place.new


def changed_in_one_byte(place):
    """The last one, and the time put back."""
    with open(place.file, "r+b") as file:
        file.seek(place.size - 1)
        file.write(b"#")
    os.utime(place.file, (MTIME, MTIME))
    return 200, place.old[:-1] + b"#"


def rewritten_by_another_name(place):
    """Through a second name of the same file, which nobody asks for."""
    os.link(place.file, place.other)
    with open(place.other, "r+b") as file:
        file.write(place.new)
    os.utime(place.other, (MTIME, MTIME))
    return 200, place.new


def replaced_by_a_link(place):
    """To a file beside it."""
    write(place.other, place.new)
    (place.folder / "link").symlink_to("other.bin")
    os.rename(place.folder / "link", place.file)
    return 200, place.new


def replaced_by_a_link_to_nothing(place):
    """Which is as good as nothing."""
    place.file.unlink()
    place.file.symlink_to("nosuch")
    return 404, None


def replaced_by_a_directory(place):
    """A redirect to its slash."""
    place.file.unlink()
    place.file.mkdir()
    write(place.file / "index.html", place.new)
    return 301, None


def replaced_by_a_fifo(place):
    """Which is no file, and must not be waited for."""
    place.file.unlink()
    os.mkfifo(place.file)
    return 404, None


def folder_replaced(place):
    """A whole release at once: the file itself is not touched."""
    fresh = place.folder.with_name("fresh")
    fresh.mkdir()
    write(fresh / "file.bin", place.new)
    os.rename(place.folder, place.folder.with_name("stale"))
    os.rename(fresh, place.folder)
    shutil.rmtree(place.folder.with_name("stale"))
    return 200, place.new


def folder_deleted(place):
    """And everything in it."""
    shutil.rmtree(place.folder)
    return 404, None


CHANGES = [replaced, replaced_by_an_older_one, renamed, exchanged, truncated,
           emptied, grown, deleted, rewritten, changed_in_one_byte,
           rewritten_by_another_name, replaced_by_a_link,
           replaced_by_a_link_to_nothing, replaced_by_a_directory,
           replaced_by_a_fifo, folder_replaced, folder_deleted]
