"""Sites and rounds together: the best answers of a location model, costed by real routes of sampled days."""
