"""Other people's engines, one module each, named like the package it drives; each runs in a process of its own."""
