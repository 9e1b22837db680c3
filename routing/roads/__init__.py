"""Roads: layers on disk, networks in memory, snapping, matrices and paths. Import the modules by need."""
