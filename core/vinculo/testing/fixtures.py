"""Fixtures for tests of the kernel and of plugins."""
