"""Rows that travel: a plugin's archive, the whole company in one file, from one database to another."""
