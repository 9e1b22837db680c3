"""What is collected, from whom, when: the rules and the record."""
