"""What accounts look like in JSON: one module for each kind of door."""
