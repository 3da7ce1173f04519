"""Which states do items and offers go through, and which words is an item found by?"""
