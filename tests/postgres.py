"""A PostgreSQL server of the tests' own, in a temporary folder; it listens on a socket file there, on no port."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

DEBIAN = Path("/usr/lib/postgresql")
PASSWORD = "correct-horse"


class PostgresServer:
    """Runs with the password PASSWORD for its user `stylo`.

    programs : the folder of initdb, pg_ctl and the others.
    """

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder, self._programs = folder, programs
        self._numbers = itertools.count()
        password = folder / "password"
        password.write_text(PASSWORD)
        # PostgreSQL refuses to run as root.
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(folder, self._user)
        self._run("initdb", "-D", "data", "-U", "stylo", f"--pwfile={password}", "-A", "scram-sha-256", "-N")
        settings = f"listen_addresses = ''\nunix_socket_directories = '{folder}'\nfsync = off\n"
        with (folder / "data" / "postgresql.conf").open("a") as file:
            file.write(settings)
        self.start()

    def start(self) -> None:
        """Returns when it answers."""
        self._run("pg_ctl", "start", "-w", "-D", "data", "-l", "data/log")

    def stop(self, mode: str = "fast") -> None:
        """Hangs up on everybody. `immediate` does not tidy up either."""
        self._run("pg_ctl", "stop", "-w", "-D", "data", "-m", mode)

    def restart(self) -> None:
        self.stop()
        self.start()

    def url(self, database: str, password: str = PASSWORD) -> str:
        return f"postgresql://stylo:{password}@/{database}?host={self.folder}"

    def fresh(self) -> str:
        """The URL of a new, empty database."""
        name = f"shop_{next(self._numbers)}"
        environment = {"PGPASSWORD": PASSWORD}
        self._run("createdb", "-h", str(self.folder), "-U", "stylo", "-w", name, environment=environment)
        return self.url(name)

    def _run(self, program: str, *arguments: str, environment: dict[str, str] | None = None) -> None:
        errors = self.folder / "errors"
        with errors.open("wb") as file:
            done = subprocess.run(
                [self._programs / program, *arguments],
                cwd=self.folder,
                env={"LC_ALL": "C.UTF-8"} | (environment or {}),
                user=self._user,
                extra_groups=[] if self._user else None,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=file,  # no pipe: the server keeps the outputs of pg_ctl open
                check=False,
            )
        assert done.returncode == 0, f"{program}: {errors.read_text()}"


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A server for the block; skips the test where none is installed."""
    folders = sorted(DEBIAN.glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True)
    found = shutil.which("initdb", path=os.pathsep.join([*map(str, folders), os.environ["PATH"]]))
    if not found:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    if os.geteuid() == 0 and "postgres" not in {user.pw_name for user in pwd.getpwall()}:
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    # A socket's path has at most 107 characters, so not within the long one of pytest.
    folder = Path(tempfile.mkdtemp(prefix="stylo-postgres-"))
    try:
        server = PostgresServer(folder, Path(found).parent)
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder)


def fresh_url(request: pytest.FixtureRequest, file: Path) -> str:
    """Of an empty database, of the kind that a fixture's parameter names; SQLite's file is yet to be made."""
    if request.param == "sqlite":
        return f"sqlite:///{file}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.fresh()
