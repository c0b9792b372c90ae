"""The few system calls that change the user's project, so that a test can put a disk in their place that fails."""

import os


class Disk:
    """The real one.  Names are relative to an open folder; none of the calls follows a link."""

    def make_folder(self, name: str, folder: int) -> None:
        """Make a folder."""
        os.mkdir(name, dir_fd=folder)

    def create(self, name: str, folder: int) -> int:
        """Make a file that was not there, with the usual permissions, and return its descriptor."""
        return os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666, dir_fd=folder)

    def write(self, file: int, content: bytes) -> None:
        """Write all of it."""
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(file, rest) :]

    def sync(self, file: int) -> None:
        """Wait until a file, or the names in a folder, are on the disk."""
        os.fsync(file)

    def link(self, name: str, new: str, folder: int) -> None:
        """Give a file a second name, which must be free."""
        os.link(name, new, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)

    def rename(self, name: str, new: str, folder: int) -> None:
        """Give a file another name, in place of what has it."""
        os.rename(name, new, src_dir_fd=folder, dst_dir_fd=folder)
