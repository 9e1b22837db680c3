"""The dispatcher's board: a day's plan changed by hand in a draft, judged at every step, and published once."""
