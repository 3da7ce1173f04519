"""How is a file read and asked? With DuckDB, which only the function that computes has: the API never imports it."""
