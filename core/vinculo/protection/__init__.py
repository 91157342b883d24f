"""Alarms: who uses the company's data as nobody does, or touches what nobody has a reason to touch."""
