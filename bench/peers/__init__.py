"""The same three routes as others would write them for Lambda: alive, read an item by its key, write an item."""
