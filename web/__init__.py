"""Pages in Flask: one blueprint for each kind of person. Knows the rooms below, which do not know it."""
