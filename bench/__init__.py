"""How fast is it, beside plain boto3 doing the same? `make bench` measures and prints; nothing is stored."""
