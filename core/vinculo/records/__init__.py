"""RecordKind: what every kind of record gets."""
