"""Notes on clients and other records, and the users who are mentioned in them."""
