"""The settings of the company that are changed while everything runs: on a page, or by the API."""
