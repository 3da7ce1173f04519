"""Which phones and browsers does a user want notifications on, and how do they get there?"""
