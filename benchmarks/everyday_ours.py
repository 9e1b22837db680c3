"""Our engine on one made-up day, with or without one of its rules."""

from __future__ import annotations

from benchmarks.days import everyday_day
from benchmarks.days.rules import without
from benchmarks.measuring import Job, work
from benchmarks.our_search import search


def main(job: Job) -> None:
    """Do the job."""
    search(job, without(everyday_day(job.task["stops"], job.task["day"]), job.task["without"]))


if __name__ == "__main__":
    work(main)
