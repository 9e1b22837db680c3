"""Answers that real routing servers gave, and what is needed to record and replay them."""
