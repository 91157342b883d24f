"""The event log and the timeline."""
