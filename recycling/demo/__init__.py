"""A demonstration day: seeded, on the shipped layers or on any imported road network."""

from recycling.demo.day import DemoDay, make_demo

__all__ = ["DemoDay", "make_demo"]
