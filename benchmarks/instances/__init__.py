"""Other people's instances as days to be planned: which files there are, what is best known of them, their readers."""
