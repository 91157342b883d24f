"""Files that hang on clients and other records."""
