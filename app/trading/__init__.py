"""What does the trading bot do, and how well?"""
