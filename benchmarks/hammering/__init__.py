"""Many who book at once: through the service layer, without its guard, and over HTTP."""
