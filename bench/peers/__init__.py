"""What others would write for Lambda: alive, read an item by its key, write an item with a token.

Besides, each answers our `GET /portfolio/assets/{id}` with the same work: it checks the token, reads the same rows in
as many round trips, and values the asset. So what is compared is like with like, and the open read stands beside it.
"""
