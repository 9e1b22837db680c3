"""A progress bar for commands that take a while."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def bar(title: str, ticking: bool = True) -> Iterator[Callable[..., None]]:
    """Show a progress bar on standard error; `update(share, text)` moves it.

    One that is not ``ticking`` is drawn by the updates alone, without a thread.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    percent, note_column = TextColumn("{task.percentage:>3.0f} %"), TextColumn("{task.fields[note]}")
    columns = (TextColumn(title), BarColumn(), percent, TimeElapsedColumn(), note_column)
    with Progress(*columns, console=Console(stderr=True), auto_refresh=ticking) as progress:
        task = progress.add_task(title, total=1.0, note="")

        def update(share: float, note: str = "") -> None:
            progress.update(task, completed=share, note=note, refresh=not ticking)

        yield update
