"""Who did what to whom, in a log that can't be changed unnoticed?"""
