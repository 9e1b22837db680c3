"""People and programs that use the pages: who they are, how they prove it, what they may do."""
