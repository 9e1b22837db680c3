"""Our engine on one instance."""

from __future__ import annotations

from pathlib import Path

from benchmarks.instances.finding import load
from benchmarks.measuring import Job, work
from benchmarks.our_search import search


def main(job: Job) -> None:
    """Do the job."""
    search(job, load(Path(job.task["path"]), job.task["rounding"]).problem)


if __name__ == "__main__":
    work(main)
