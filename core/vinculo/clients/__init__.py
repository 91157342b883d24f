"""Clients: the centre that everything hangs on."""
