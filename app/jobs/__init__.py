"""Recurring work: what runs when, and how it went."""
