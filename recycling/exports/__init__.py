"""What leaves the record as files."""
