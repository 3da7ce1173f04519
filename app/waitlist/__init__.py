"""Who waits to be let in, in which order, and who moved up by bringing others?"""
