"""A believable sample company, made up from a seed and handed over as files for the importers."""
