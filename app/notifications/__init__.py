"""Emails that somebody asks for, to an account."""
