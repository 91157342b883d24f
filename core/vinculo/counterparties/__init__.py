"""Legal entities behind clients, and the dated links between them."""
