"""Page shell, templates, static files, forms, errors, guards."""
