"""What does a user own, and what is it worth?"""
