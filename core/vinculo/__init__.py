"""Vinculo: a CRM that a company switches on piece by piece."""

__version__ = "0.1.0"
