"""A PostgreSQL server of one's own: it listens on nothing but a socket in its own folder."""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path


def binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest; None where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    return Path(on_path).resolve().parent if on_path else None


class PostgresServer:
    """A server that is made, started, stopped and taken away again.

    Parameters
    ----------
    programs
        Folder of ``initdb`` and ``pg_ctl``.
    durable
        Whether what is committed is on the disk; where no machine dies it may be faster without.
    """

    def __init__(self, programs: Path, durable: bool = True) -> None:
        self.programs, self.durable = programs, durable
        self.folder = Path(tempfile.mkdtemp(prefix="recycling-pg-", dir="/tmp"))
        self.prefix: list[str] = []
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            user = next(n for n in ("postgres", "nobody") if n in {p.pw_name for p in pwd.getpwall()})
            self.prefix = ["runuser", "-u", user, "--"] if shutil.which("runuser") else ["su", user, "-s", "/bin/sh"]
            shutil.chown(self.folder, user)
        self.data = self.folder / "data"

    def run(self, program: str, *arguments: str) -> None:
        """Run one of its programs; RuntimeError with what it says when it fails."""
        command = [str(self.programs / program), *arguments]
        command = [*self.prefix, *(["-c", shlex.join(command)] if self.prefix[:1] == ["su"] else command)]
        done = subprocess.run(
            command, check=False, cwd="/", text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        if done.returncode:
            log = self.folder / "log"
            raise RuntimeError(f"{program} failed: {done.stderr}\n{log.read_text() if log.is_file() else ''}")

    def start(self) -> None:
        """Make the server's folder and start it."""
        self.run("initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}'"
        options += "" if self.durable else " -c fsync=off"
        self.run("pg_ctl", "-D", str(self.data), "-o", options, "-l", str(self.folder / "log"), "-w", "start")

    def stop(self) -> None:
        """Stop the server, and take its folder away."""
        if (self.data / "postmaster.pid").exists():
            self.run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name: str) -> str:
        """Return the address of one of its databases."""
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"
