"""The key that signs forms and links, kept in a file that only its owner reads."""

from __future__ import annotations

import os
import secrets
import uuid
from contextlib import suppress
from pathlib import Path


def site_key(folder: Path) -> str:
    """Return the key in a folder, made when it is first asked for; two who ask at once get the same one."""
    path = folder / "secret-key"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = folder / f".secret-key-{uuid.uuid4().hex}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32), encoding="ascii")
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="ascii").strip()
