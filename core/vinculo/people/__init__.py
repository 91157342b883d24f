"""People, their roles, and contact points."""
