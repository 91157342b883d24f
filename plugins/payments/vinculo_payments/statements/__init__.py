"""Bank statements in the formats that banks give: each is read into the same lines."""
