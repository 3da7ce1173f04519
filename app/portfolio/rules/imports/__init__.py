"""What does a broker's or exchange's export tell a ledger? A parser for each format, and what they have in common."""
