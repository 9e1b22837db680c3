"""Layers of places that planners send and take away: sites, and the points at which things are brought."""
