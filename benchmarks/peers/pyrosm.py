"""pyrosm: an OpenStreetMap extract to a graph of its driving network. A fresh process; libraries count."""

import time

START = time.perf_counter()

from benchmarks.measuring import Job, Memory, work


def main(job: Job) -> None:
    """Do the job."""
    memory = Memory()
    import pyrosm

    ready = time.perf_counter()
    extract = pyrosm.OSM(job.task["source"])
    nodes, edges = extract.get_network(network_type="driving", nodes=True)
    graph = extract.to_graph(nodes, edges, graph_type="igraph")
    done = time.perf_counter()
    note = f"call alone {done - ready:.2f} s; {graph.vcount()} nodes and {graph.ecount()} edges in memory"
    job.tell("import", done - START, memory.peak_mb(), note)
    job.used("pyrosm")


if __name__ == "__main__":
    work(main)
