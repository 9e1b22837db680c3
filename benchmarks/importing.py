"""Our import of an OpenStreetMap extract to a layer on disk. A fresh process; libraries count."""

import time

START = time.perf_counter()

from pathlib import Path

from benchmarks.measuring import Job, Memory, work


def main(job: Job) -> None:
    """Do the job."""
    memory = Memory()
    from routing.roads.osm import import_extract

    ready = time.perf_counter()
    folder = job.folder / "layer"
    facts, _ = import_extract(Path(job.task["source"]), "benchmark", folder)
    done = time.perf_counter()
    note = f"call alone {done - ready:.2f} s; {facts.edges} road pieces on disk"
    job.tell("import", done - START, memory.peak_mb(), note, layer=str(folder / "benchmark.gpkg"))


if __name__ == "__main__":
    work(main)
