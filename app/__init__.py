"""InvestForge: the backend of an investing app. `ls app` says what the product does."""

VERSION = "0.1.0"
