"""The event log as administrators read it."""
