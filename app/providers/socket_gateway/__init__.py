"""How do messages reach WebSockets that somebody else holds open?"""
