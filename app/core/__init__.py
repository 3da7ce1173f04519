"""Mechanics that have no product meaning: errors, tokens, money, DynamoDB, OpenAPI, logs."""
