"""The pages that are about the API itself."""
