"""Who has an account, how do they sign in, and what may they do?"""
