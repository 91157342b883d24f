"""Engine and sessions, base class and column types, migrations."""
