"""Simulated residents, the windows that they are promised, the plan of their day, and the crews that drive it."""
