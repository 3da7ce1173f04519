"""Emails: what waits to be sent, how it looks, and who is not to be mailed."""
