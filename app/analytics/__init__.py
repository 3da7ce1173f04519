"""What do people do with the product: how often, how many of them, in which order, and do they come back?"""
