"""What does a portfolio look like in JSON?"""
