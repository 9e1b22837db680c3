"""Benchmarks that anybody can run again: ``python -m benchmarks.NAME --help``."""
