"""How do emails leave, and what comes back of those that could not be delivered?"""
