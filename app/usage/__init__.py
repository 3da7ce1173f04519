"""What may somebody use on their plan, and how much of it have they used?"""
