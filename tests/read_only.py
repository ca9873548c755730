"""python read_only.py WRITABLE… -- COMMAND…: makes every file system of this mount namespace read-only, then runs.

Within `unshare --mount`. The named folders stay writable, as do /dev and what is no disk.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_NO_DISK = {"proc", "sysfs", "devtmpfs", "devpts", "mqueue", "cgroup", "cgroup2"}
# A user who is not root may not take these off.
_KEPT = {"nosuid", "nodev", "noexec", "noatime", "nodiratime", "relatime"}


def main(words: list[str]) -> None:
    """Does not return."""
    place = words.index("--")
    writable, command = words[:place], words[place + 1 :]
    mount("--make-rprivate", "/")
    for folder in writable:
        mount("--bind", folder, folder)
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, rest = line.partition(" - ")
        point, options = fields.split()[4].encode().decode("unicode_escape"), fields.split()[5]
        if rest.split()[0] in _NO_DISK or point.startswith("/dev") or point in writable:
            continue
        kept = [option for option in options.split(",") if option in _KEPT]
        mount("-o", ",".join(["remount", "bind", "ro", *kept]), point)
    os.chdir(Path.cwd())
    os.execv(command[0], command)


def mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True)


if __name__ == "__main__":
    main(sys.orig_argv[2:])
