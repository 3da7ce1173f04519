"""How do push notifications reach devices?"""
