"""Who turns a question into queries, and their results into words?"""
